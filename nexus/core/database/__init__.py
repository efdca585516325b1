"""What every app needs from PostgreSQL."""
