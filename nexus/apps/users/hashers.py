"""The password hasher."""

from django.contrib.auth.hashers import Argon2PasswordHasher

__all__ = ["Argon2"]


class Argon2(Argon2PasswordHasher):
    """Argon2id with the parameters that OWASP's Password Storage Cheat Sheet recommends.

    Django's defaults take 100 MB and eight threads for each log-in: a few concurrent ones would
    need more than a worker has.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1
