"""The page on continuous integration."""
