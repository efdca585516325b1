"""The page on deployment failures."""
