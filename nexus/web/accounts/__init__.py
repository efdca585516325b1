"""Logging in: forms, login providers, and return URLs."""
