"""The page on REST and GraphQL side by side."""
