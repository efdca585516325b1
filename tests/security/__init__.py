"""Permissions: every operation of REST and GraphQL, called as every user."""
