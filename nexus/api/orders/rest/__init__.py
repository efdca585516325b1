"""Orders in REST."""
