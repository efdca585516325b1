"""The page of further reading on concurrency control."""
