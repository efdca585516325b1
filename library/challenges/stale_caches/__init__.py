"""The page on stale caches."""
