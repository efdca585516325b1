"""Typed readers of environment variables that fail loudly and name the remedy."""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

__all__ = [
    "read_broker_url",
    "read_cache_url",
    "read_choice",
    "read_database",
    "read_flag",
    "read_list",
    "read_text",
]

FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def read_text(name: str, *, remedy: str, environ: Mapping[str, str] = os.environ) -> str:
    """Read a variable that must be set; `remedy` says how to set it.

    Raises `ImproperlyConfigured` when it is missing or empty.
    """
    value = environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    return value


def read_flag(name: str, *, default: bool, environ: Mapping[str, str] = os.environ) -> bool:
    """Read a yes-or-no variable; raises `ImproperlyConfigured` for anything else."""
    value = environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in FLAGS:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")
    return FLAGS[value]


def read_choice(
    name: str,
    *,
    choices: tuple[str, ...],
    default: str,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Read one of `choices`, in any case; raises `ImproperlyConfigured` for anything else."""
    value = environ.get(name, "").strip() or default
    for choice in choices:
        if choice.lower() == value.lower():
            return choice
    raise ImproperlyConfigured(f"{name} is {value!r}. Set it to one of {', '.join(choices)}.")


def read_list(
    name: str,
    *,
    default: tuple[str, ...],
    environ: Mapping[str, str] = os.environ,
) -> list[str]:
    """Read names separated by commas."""
    value = environ.get(name, "")
    return [part.strip() for part in value.split(",") if part.strip()] or list(default)


def read_database(name: str, *, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Read a `postgresql://` URL as an entry of Django's `DATABASES`.

    Raises `ImproperlyConfigured` when the variable is missing or is not such a URL.
    """
    example = "for example postgresql://user:password@host:5432/nexus"
    url = read_text(
        name,
        remedy=f"Start Nexus with `nexus …` or `script/serve`, or set it, {example}.",
        environ=environ,
    )
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} does not begin with postgresql://. Set it, {example}.")
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}. Set it, {example}.") from error
    if not parts.get("dbname"):
        raise ImproperlyConfigured(f"{name} names no database. Set it, {example}.")
    keys = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    database = {django: str(parts.pop(libpq, "") or "") for libpq, django in keys.items()}
    return {"ENGINE": "django.db.backends.postgresql", **database, "OPTIONS": dict(parts)}


def read_cache_url(name: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """Read a `redis://`, `rediss://`, `valkey://` or `unix://` URL as redis-py takes it.

    Raises `ImproperlyConfigured` when the variable is missing or is not such a URL.
    """
    example = "for example redis://localhost:6379/0"
    url = read_text(
        name,
        remedy=f"Start Nexus with `nexus …` or `script/serve`, or set it, {example}.",
        environ=environ,
    )
    scheme, _, rest = url.partition("://")
    scheme = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    if scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured(f"{name} begins with {scheme!r}. Set it, {example}.")
    return f"{scheme}://{rest}"


def read_broker_url(name: str, *, cache_url: str, environ: Mapping[str, str] = os.environ) -> str:
    """Read Celery's broker; without one it is database 1 of the server behind `cache_url`.

    Raises `ImproperlyConfigured` for a scheme that Nexus does not support.
    """
    url = environ.get(name, "").strip()
    if not url:
        parts = urlsplit(cache_url)
        if parts.scheme == "unix":
            return f"redis+socket://{parts.netloc}{parts.path}?virtual_host=1"
        return parts._replace(path="/1").geturl()
    if urlsplit(url).scheme not in {"amqp", "amqps", "redis", "rediss", "redis+socket"}:
        raise ImproperlyConfigured(
            f"{name} begins with {urlsplit(url).scheme!r}. "
            "Set it to an amqp:// or redis:// URL, or leave it out to use CACHE_URL.",
        )
    return url
