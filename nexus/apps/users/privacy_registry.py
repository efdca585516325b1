"""Who keeps something of a person: the apps above register here, since this app knows none.

An export asks all of them, and a deletion too: what the law makes one keep stays without a name,
the rest goes.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["PersonalData", "export_all", "forget_all", "register"]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """An app that keeps something of people.

    `export` gives lists by name, of what Django's encoder knows. `forget` runs in the transaction
    of a deletion; it raises `AccountBusyError` where the person is still owed something.
    """

    export: Callable[["User"], Mapping[str, Iterable[Any]]]
    forget: Callable[["User"], None]


_KEEPERS: dict[str, PersonalData] = {}


def register(app: str, keeper: PersonalData) -> None:
    """Let an app be asked; a second time replaces the first."""
    _KEEPERS[app] = keeper


def export_all(user: "User") -> dict[str, list[dict[str, Any]]]:
    """Return all that the apps keep of a person as JSON values: amounts and moments as text."""
    kept = {
        n: list(rows) for keeper in _KEEPERS.values() for n, rows in keeper.export(user).items()
    }
    told: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(kept, cls=DjangoJSONEncoder))
    return told


def forget_all(user: "User") -> None:
    """Let every app forget a person. Raises `AccountBusyError`."""
    for keeper in _KEEPERS.values():
        keeper.forget(user)
