"""A benchmark's own embedded PostgreSQL and Valkey, deleted afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nexus.cli.preparation import set_up_django
from nexus.runtime.embedded import temporary_cluster

__all__ = ["installation"]


@contextmanager
def installation() -> Iterator[Path]:
    """Set Django up in this process, on empty tables, and yield a folder for files."""
    with tempfile.TemporaryDirectory() as folder, temporary_cluster(Path(folder)) as services:
        os.environ.pop("BROKER_URL", None)
        os.environ |= {
            "NEXUS_HOME": str(services.home),
            "DATABASE_URL": services.database_url,
            "CACHE_URL": services.cache_url,
            "SECRET_KEY": services.secret_key,
            "NEXUS_EMBEDDED": "1",
        }
        set_up_django()
        from django.conf import settings
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        # Servers warn of static files that were never collected.
        Path(settings.STATIC_ROOT).mkdir()
        yield Path(folder)
