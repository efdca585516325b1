"""The page on slow responses."""
