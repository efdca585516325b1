"""Accounts, roles and what they allow."""
