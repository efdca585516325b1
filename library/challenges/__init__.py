"""Challenges: a naive way, its fix, and a lab that decides between them."""
