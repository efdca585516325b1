"""Accounts for people: coming in, one's own account, and what others are let into it."""
