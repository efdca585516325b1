"""The library: pages of knowledge, read from files, and the claims they make."""
