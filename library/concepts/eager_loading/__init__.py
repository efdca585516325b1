"""The page on related data: lazy and eager loading."""
