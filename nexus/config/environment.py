"""Typed readers of environment variables; their errors say how to fix the variable."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

__all__ = [
    "LoginProvider",
    "MailRoute",
    "read_address",
    "read_cache_url",
    "read_carriers",
    "read_choice",
    "read_database",
    "read_email_url",
    "read_flag",
    "read_list",
    "read_number",
    "read_optional",
    "read_origins",
    "read_provider",
    "read_text",
]

SMTP_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
# The maximum length that an order stores.
MAX_CARRIER_LENGTH = 40
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def read_text(name: str, *, remedy: str, environ: Mapping[str, str] = os.environ) -> str:
    """Read a required variable; `remedy` says how to set it.

    Raises `ImproperlyConfigured` if it is missing or empty.
    """
    value = environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    return value


def read_optional(name: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """Read an optional text; return an empty one if it is not set."""
    return environ.get(name, "").strip()


def read_flag(name: str, *, default: bool, environ: Mapping[str, str] = os.environ) -> bool:
    """Read a boolean. Raises `ImproperlyConfigured` for any other value."""
    value = environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in FLAGS:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")
    return FLAGS[value]


def read_number(
    name: str,
    *,
    default: float,
    least: float = 0,
    environ: Mapping[str, str] = os.environ,
) -> float:
    """Read a number. Raises `ImproperlyConfigured` for other values and those below `least`."""
    value = environ.get(name, "").strip()
    try:
        number = float(value) if value else default
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= least):
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Set it to a number of at least {least:g}."
        )
    return number


def read_choice(
    name: str,
    *,
    choices: tuple[str, ...],
    default: str,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Read one of `choices`, ignoring case. Raises `ImproperlyConfigured` for other values."""
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
    """Read a list separated by commas."""
    value = environ.get(name, "")
    return [part.strip() for part in value.split(",") if part.strip()] or list(default)


def read_address(name: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """Read a URL prefix, ended with a slash; return "" if it is not set.

    Raises `ImproperlyConfigured` if it is not an http:// or https:// URL.
    """
    value = environ.get(name, "").strip()
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Set it to an address such as https://host/edit/main/, "
            "or leave it out.",
        )
    return f"{value.rstrip('/')}/"


def read_origins(name: str, *, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Read origins, such as https://shop.example.org, separated by commas.

    Raises `ImproperlyConfigured` for anything but scheme, host and port.
    """
    origins = read_list(name, default=(), environ=environ)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}":
            raise ImproperlyConfigured(
                f"{name} has {origin!r}. Set it to origins such as http://localhost:5173, "
                "without a path or trailing slash.",
            )
    return origins


def read_carriers(name: str, *, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Read carriers as name=URL, separated by commas; return URLs by name.

    Raises `ImproperlyConfigured` for an invalid name, a URL that is not http:// or https://, or a
    duplicate name.
    """
    carriers: dict[str, str] = {}
    for entry in read_list(name, default=(), environ=environ):
        carrier, _, address = entry.partition("=")
        parts = urlsplit(address)
        is_valid_name = carrier.isidentifier() and len(carrier) <= MAX_CARRIER_LENGTH
        if not (is_valid_name and parts.scheme in {"http", "https"} and parts.hostname):
            raise ImproperlyConfigured(
                f"{name} has {entry!r}. Set it to names and addresses such as "
                "swift=https://host/quotes, separated by commas.",
            )
        if carrier in carriers:
            raise ImproperlyConfigured(f"{name} has {carrier} twice. Remove one of them.")
        carriers[carrier] = address
    return carriers


def read_database(name: str, *, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Read a `postgresql://` URL as an entry of Django's `DATABASES`.

    Raises `ImproperlyConfigured` if the variable is missing or not such a URL.
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
    """Read a `redis://`, `rediss://`, `valkey://` or `unix://` URL in redis-py's form.

    Raises `ImproperlyConfigured` if the variable is missing or not such a URL.
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


@dataclass(frozen=True, slots=True)
class MailRoute:
    """How mails are sent: to a server, or into a folder."""

    backend: str
    folder: str | None = None
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


def read_email_url(
    name: str, *, folder: Path, environ: Mapping[str, str] = os.environ
) -> MailRoute:
    """Read how mails are sent; by default they are written to files in `folder`.

    `smtp://user:password@host:587` uses STARTTLS and `smtps://…:465` uses TLS from the start;
    `smtp+plain://` uses no TLS, for a server on this machine; `file:///folder` writes files. Raises
    `ImproperlyConfigured` for anything else.
    """
    parts = urlsplit(environ.get(name, "").strip() or folder.absolute().as_uri())
    if parts.scheme == "file" and parts.path:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return MailRoute(backend, folder=unquote(parts.path))
    try:
        port = parts.port or SMTP_PORTS[parts.scheme]
    except (KeyError, ValueError):
        port = 0
    if not (port and parts.hostname):
        raise ImproperlyConfigured(
            f"{name} cannot be read. Set it, for example smtp://user:password@host:587, "
            "or leave it out to write mails to files.",
        )
    return MailRoute(
        "django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp",
        tls=parts.scheme == "smtps",
    )


@dataclass(frozen=True, slots=True)
class LoginProvider:
    """An external login provider; without an issuer it is GitHub."""

    slug: str
    name: str
    client_id: str
    client_secret: str
    issuer: str = ""


def read_provider(  # noqa: PLR0913 -- a provider's properties and the names of its variables
    client_id: str,
    client_secret: str,
    issuer: str = "",
    *,
    slug: str,
    name: str,
    known_issuer: str = "",
    environ: Mapping[str, str] = os.environ,
) -> list[LoginProvider]:
    """Read the variables of a login provider; return an empty list if they are unset.

    The issuer is either known or in a variable. Raises `ImproperlyConfigured` if only some are set,
    and for an issuer without HTTPS, except on this machine.
    """
    names = [variable for variable in (client_id, client_secret, issuer) if variable]
    values = {variable: read_optional(variable, environ=environ) for variable in names}
    if not any(values.values()):
        return []
    if missing := [variable for variable, value in values.items() if not value]:
        raise ImproperlyConfigured(
            f"{missing[0]} is not set, but others of {name} are. Set all of {', '.join(names)}."
        )
    address = (values[issuer] if issuer else known_issuer).rstrip("/")
    parts = urlsplit(address)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if address and not (parts.hostname and (parts.scheme == "https" or local)):
        raise ImproperlyConfigured(f"{issuer} is {address!r}. Set it to an https:// address.")
    return [LoginProvider(slug, name, values[client_id], values[client_secret], address)]
