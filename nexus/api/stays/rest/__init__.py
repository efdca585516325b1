"""Stays in REST."""
