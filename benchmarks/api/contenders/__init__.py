"""The peers, one module each, written as its own documentation recommends."""

__all__ = ["PAGE"]

PAGE = 20
"""Products on a page of every contender."""
