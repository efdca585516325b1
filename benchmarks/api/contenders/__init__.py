"""The peers: one module for each, written as its own documentation would have it."""

__all__ = ["PAGE"]

PAGE = 20
"""Products on a page of every contender."""
