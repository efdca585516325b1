"""The page on overselling, and its lab."""
