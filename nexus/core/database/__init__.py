"""PostgreSQL helpers for every app."""
