"""Valkey: its client, cached responses and rate limits."""
