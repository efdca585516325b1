"""The page on pagination, and its lab."""
