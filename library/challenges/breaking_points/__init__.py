"""The page on breaking points."""
