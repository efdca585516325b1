"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher

__all__ = ["Argon2"]


class Argon2(Argon2PasswordHasher):
    """Argon2id with the parameters that OWASP's cheat sheet on storing passwords gives.

    Django's own take 100 MB and eight threads for each log-in: a few at once would be more than a
    worker has.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1
