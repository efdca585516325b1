"""The page on horizontal scaling."""
