"""The page on nested serializers."""
