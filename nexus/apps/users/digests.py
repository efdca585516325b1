"""What is kept of a secret that was given away: enough to know it again, not enough to use it."""

import hashlib

__all__ = ["digest"]


def digest(token: str) -> str:
    """Give the SHA-256 of a token as hexadecimal digits.

    Tokens are random and long, so nothing slower is needed to keep them from being guessed.
    """
    return hashlib.sha256(token.encode()).hexdigest()
