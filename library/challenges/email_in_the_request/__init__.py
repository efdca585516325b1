"""The page on e-mail in the request."""
