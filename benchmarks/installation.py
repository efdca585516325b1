"""An embedded database and a Valkey of a benchmark's own, deleted afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["installation"]


@contextmanager
def installation() -> Iterator[Path]:
    """Make Django usable in this process, on tables that are empty, and give a folder for files."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NEXUS_HOME"] = str(Path(folder) / "home")
        for name in ("DATABASE_URL", "CACHE_URL", "BROKER_URL", "SECRET_KEY"):
            os.environ.pop(name, None)
        from nexus.cli.preparation import set_up_django

        set_up_django()
        from django.conf import settings
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        # Servers warn of static files that were never collected.
        Path(settings.STATIC_ROOT).mkdir()
        yield Path(folder)
