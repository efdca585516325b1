"""Apps that store personal data register here, since this app does not know them.

An export includes the data of all of them. A deletion calls all of them: what the law requires to
be kept is anonymised, the rest is deleted.
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
    """How an app exports and deletes its personal data.

    `export` returns lists by name, of values that Django's JSON encoder supports. `forget` runs in
    the transaction of a deletion; it raises `AccountBusyError` if the person is still owed
    something.
    """

    export: Callable[["User"], Mapping[str, Iterable[Any]]]
    forget: Callable[["User"], None]


_APPS: dict[str, PersonalData] = {}


def register(app: str, keeper: PersonalData) -> None:
    """Register an app; a second call replaces the first."""
    _APPS[app] = keeper


def export_all(user: "User") -> dict[str, list[dict[str, Any]]]:
    """Return the personal data of all apps as JSON values: amounts and datetimes as text."""
    rows_by_name = {
        name: list(rows) for app in _APPS.values() for name, rows in app.export(user).items()
    }
    values: dict[str, list[dict[str, Any]]] = json.loads(
        json.dumps(rows_by_name, cls=DjangoJSONEncoder)
    )
    return values


def forget_all(user: "User") -> None:
    """Delete the personal data of all apps. Raises `AccountBusyError`."""
    for app in _APPS.values():
        app.forget(user)
