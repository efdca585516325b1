"""Logging in: forms, providers, and the session that remembers which one was used."""
