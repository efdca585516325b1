"""What commands need before they can work: services, Django, tables, the library, the owner."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from nexus.cli.terminal import note, say
from nexus.core.errors import UnavailableError
from nexus.runtime import services

__all__ = ["require_services", "set_up_django", "set_up_django_alone", "set_up_installation"]

# Well-formed addresses of nothing. The host has a name that is reserved for having no address.
NOWHERE = {
    "DATABASE_URL": "postgresql://nowhere.invalid/none",
    "CACHE_URL": "redis://nowhere.invalid/0",
}


def set_up_django(home: Path | None = None) -> None:
    """Provide the services and make Django usable in this process.

    Raises `EmbeddedError` or `ImproperlyConfigured` with a sentence.
    """
    if home is not None:
        os.environ["NEXUS_HOME"] = str(home.expanduser().resolve())
    services.ensure_services(say=say)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")
    import django

    django.setup()


def set_up_django_alone() -> None:
    """Make Django usable in this process for work that opens no connection; nothing is started.

    Raises `ImproperlyConfigured` with a sentence for a variable that is set wrongly.
    """
    # The key is for this process only, and signs nothing.
    for name, value in {**NOWHERE, "SECRET_KEY": secrets.token_urlsafe()}.items():
        if not os.environ.get(name):
            os.environ[name] = value
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")
    import django

    django.setup()


def require_services() -> None:
    """Ask the database, the cache and the broker whether they answer, and print warnings.

    Raises `UnavailableError` with the first error of the system checks that ask servers.
    """
    from django.core import checks

    for message in checks.run_checks(tags=[checks.Tags.database], databases=["default"]):
        sentence = f"{message.msg} {message.hint}"
        if message.level >= checks.ERROR:
            raise UnavailableError(sentence)
        note.print(f"{sentence} ({message.id})", style="yellow", markup=False)


def set_up_installation() -> None:
    """Bring tables, library and owner up to date; says what lasts longer than a second.

    Raises `LibraryError` when the library has faults.
    """
    from django.conf import settings

    from nexus.apps.library.services import load_library
    from nexus.apps.users.services import ensure_owner

    _timed("brought the tables up to date", _migrate)
    _timed("loaded the library", load_library)
    if settings.EMBEDDED:
        ensure_owner()


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    # Asking is quick; the command itself spends most of a second on checks and signals.
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("creating or changing tables")
        call_command("migrate", verbosity=0, interactive=False)


def _timed(done: str, work: Callable[[], object]) -> None:
    started = time.monotonic()
    work()
    lasted_s = time.monotonic() - started
    if lasted_s > 1:
        say(f"{done} in {lasted_s:.1f} s")
