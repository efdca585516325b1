"""The page of further reading on data access."""
