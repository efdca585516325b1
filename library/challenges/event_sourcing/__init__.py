"""The page on event sourcing."""
