"""The page on N+1 queries, and its lab."""
