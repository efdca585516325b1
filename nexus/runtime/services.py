"""The services a process needs, taken from the environment or started here.

Settings only read the environment. Whoever starts a Nexus process calls `provide` first: what the
environment does not name is started from the embedded stack and named there.
"""

import os
from collections.abc import Callable, MutableMapping

from nexus.runtime.embedded import Services, start

__all__ = ["ensure_services"]

# The hold on the embedded services lasts as long as the process.
_held: list[Services] = []


def ensure_services(
    *,
    say: Callable[[str], None] = lambda _: None,
    environ: MutableMapping[str, str] = os.environ,
) -> None:
    """Fill in `DATABASE_URL`, `CACHE_URL` and `SECRET_KEY` where they are missing.

    With both URLs set nothing is started. `say` is given a sentence for whatever lasts longer than
    a second. Raises `EmbeddedError` when the embedded services cannot be started.
    """
    missing = [name for name in ("DATABASE_URL", "CACHE_URL") if not environ.get(name)]
    if not missing:
        return
    services = start(say=say)
    _held.append(services)
    offered = {
        "DATABASE_URL": services.database_url,
        "CACHE_URL": services.cache_url,
        "SECRET_KEY": services.secret_key,
    }
    environ["NEXUS_EMBEDDED"] = "1"
    for name, value in offered.items():
        if not environ.get(name):
            environ[name] = value
