"""The page on concurrency control: row locks, versions and conditional updates."""
