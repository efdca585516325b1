"""Accounts: sign-up, log-in, tokens, profiles and second factors."""
