"""The services a process needs, from the environment or started here.

Settings only read the environment. Each entry point of Nexus calls `ensure_services` first: it
starts embedded services in place of those that the environment does not name, and sets their
variables.
"""

import os
from collections.abc import Callable, MutableMapping

from nexus.runtime.embedded import Services, start

__all__ = ["ensure_services"]

# References that keep the embedded services running as long as this process.
_held: list[Services] = []


def ensure_services(
    *,
    say: Callable[[str], None] = lambda _: None,
    environ: MutableMapping[str, str] = os.environ,
) -> None:
    """Set `DATABASE_URL`, `CACHE_URL` and `SECRET_KEY` if they are missing.

    If both URLs are set, nothing is started. `say` is called with a progress message after a second
    of waiting. Raises `EmbeddedError` if the embedded services cannot be started.
    """
    missing = [name for name in ("DATABASE_URL", "CACHE_URL") if not environ.get(name)]
    if not missing:
        return
    services = start(say=say)
    _held.append(services)
    variables = {
        "DATABASE_URL": services.database_url,
        "CACHE_URL": services.cache_url,
        "SECRET_KEY": services.secret_key,
    }
    environ["NEXUS_EMBEDDED"] = "1"
    for name, value in variables.items():
        if not environ.get(name):
            environ[name] = value
