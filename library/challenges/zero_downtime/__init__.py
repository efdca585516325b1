"""The page on zero-downtime deployment."""
