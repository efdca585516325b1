"""The page on rate limiting with a token bucket, its lab, and the servers that the lab floods."""
