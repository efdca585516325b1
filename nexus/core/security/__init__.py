"""Encryption, signatures, client addresses, and requests to user-supplied URLs."""
