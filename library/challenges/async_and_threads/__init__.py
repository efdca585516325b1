"""The page on waiting concurrently."""
