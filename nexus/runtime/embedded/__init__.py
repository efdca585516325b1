"""Bundled PostgreSQL and Valkey, for machines without these services.

`start` returns a hold on them. They run as long as any process has a hold.
"""

from nexus.runtime.embedded.client import Services, start
from nexus.runtime.embedded.errors import EmbeddedError
from nexus.runtime.embedded.home import Home, default_home, free_bytes
from nexus.runtime.embedded.temporary import temporary_cluster

__all__ = [
    "EmbeddedError",
    "Home",
    "Services",
    "default_home",
    "free_bytes",
    "start",
    "temporary_cluster",
]
