"""The page on the missing index."""
