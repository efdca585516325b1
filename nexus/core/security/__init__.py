"""Encryption, signatures, and requests to and from other machines."""
