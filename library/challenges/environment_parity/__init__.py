"""The page on environment parity."""
