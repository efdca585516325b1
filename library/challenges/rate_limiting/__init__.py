"""The page on rate limiting."""
