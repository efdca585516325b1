"""PostgreSQL and Valkey that come with Nexus, for machines that offer none.

`start` gives a process a hold on them. They run for as long as somebody holds them.
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
