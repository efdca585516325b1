"""The page on memory and garbage collection."""
