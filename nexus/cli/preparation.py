"""The setup of commands: services, Django, tables, the library, the owner."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from nexus.cli.terminal import note, say
from nexus.core.errors import UnavailableError
from nexus.runtime import services

__all__ = ["require_services", "set_up_django", "set_up_django_alone", "set_up_installation"]

# Well-formed URLs that lead nowhere: the top-level domain .invalid is reserved and never resolves.
NOWHERE = {
    "DATABASE_URL": "postgresql://nowhere.invalid/none",
    "CACHE_URL": "redis://nowhere.invalid/0",
}


def set_up_django(home: Path | None = None) -> None:
    """Start missing services and set up Django in this process.

    Raises `EmbeddedError` or `ImproperlyConfigured`.
    """
    if home is not None:
        os.environ["NEXUS_HOME"] = str(home.expanduser().resolve())
    services.ensure_services(say=say)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")
    import django

    django.setup()


def set_up_django_alone() -> None:
    """Set up Django for work that opens no connection; no services are started.

    Raises `ImproperlyConfigured` for a variable with an invalid value.
    """
    # The key is for this process only, and signs nothing.
    for name, value in {**NOWHERE, "SECRET_KEY": secrets.token_urlsafe()}.items():
        if not os.environ.get(name):
            os.environ[name] = value
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")
    import django

    django.setup()


BROKER_UNREACHABLE = "nexus.E006"


def require_services(*, broker: bool = True) -> None:
    """Check that the database, the cache and the broker respond, and print warnings.

    Without `broker` it may be unreachable: a migration does not need it. Raises `UnavailableError`
    with the first error of the system checks that connect to servers.
    """
    from django.core import checks

    # Django runs checks in no fixed order. If the cache is unreachable, so is a broker next to it:
    # the error with the lowest id is the cause.
    messages = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    for message in sorted(messages, key=lambda message: str(message.id)):
        if message.id == BROKER_UNREACHABLE and not broker:
            continue
        sentence = f"{message.msg} {message.hint}"
        if message.level >= checks.ERROR:
            raise UnavailableError(sentence)
        note.print(f"{sentence} ({message.id})", style="yellow", markup=False)


def set_up_installation() -> None:
    """Migrate the database, load the library and create the owner; report slow steps.

    Raises `LibraryError` if the library has faults.
    """
    from django.conf import settings

    from nexus.apps.library.services import load_library
    from nexus.apps.users.services import ensure_owner

    _timed("migrated the database", _migrate)
    _timed("loaded the library", load_library)
    if settings.EMBEDDED:
        ensure_owner()


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    # This check is quick; the command itself takes almost a second for checks and signals.
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("creating or changing tables")
        call_command("migrate", verbosity=0, interactive=False)


def _timed(activity: str, work: Callable[[], object]) -> None:
    started = time.monotonic()
    work()
    duration_s = time.monotonic() - started
    if duration_s > 1:
        say(f"{activity} in {duration_s:.1f} s")
