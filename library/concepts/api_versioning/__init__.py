"""The page on versions of an API: what may change, what may not, and how a change is told."""
