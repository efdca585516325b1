"""Accounts in REST."""
