"""The page on documentation that frontends can trust."""
