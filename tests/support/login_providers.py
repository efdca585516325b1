"""A real OpenID Connect provider on loopback, and a browser that logs in with it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from django.test import Client

from nexus.config.environment import LoginProvider

__all__ = ["LEAVE", "Person", "Provider", "provided", "query"]

LEAVE = "/account/providers/oidc/"


@dataclass(frozen=True)
class Person:
    """A user of the provider, and the claims about them."""

    sub: str
    claims: dict[str, Any]


def query(address: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@dataclass(frozen=True)
class Provider:
    """A provider that runs."""

    url: str

    def knows(self, person: Person) -> None:
        """Set the provider's claims about a user."""
        httpx.put(f"{self.url}/users/{person.sub}", json=person.claims).raise_for_status()

    def leave(self, browser: Client, **sent: str) -> str:
        """Press the button of the provider and return the URL that the browser is redirected to."""
        page = browser.post(LEAVE, sent)
        assert page.status_code == 200, page.content
        found = page.content.decode().split('content="0; url=')[1].split('"')[0]
        return unescape(found)

    def recognise(self, person: Person, address: str) -> str:
        """Log in at the provider and return the path that it redirects the browser to."""
        answer = httpx.post(address, data={"sub": person.sub})
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def walk(self, browser: Client, person: Person, **sent: str) -> Any:
        """Log in, from the button to the response of the callback."""
        self.knows(person)
        return browser.get(self.recognise(person, self.leave(browser, **sent)))

    def settings(self, **changed: str) -> list[LoginProvider]:
        """Return the setting that offers this provider."""
        known = {"client_id": "nexus", "client_secret": "s3cret", "issuer": self.url}
        return [LoginProvider(slug="oidc", name="Test", **{**known, **changed})]


@contextmanager
def provided() -> Iterator[Provider]:
    """Run a provider on loopback."""
    with warnings.catch_warnings():
        # A dependency of the provider is deprecated, which is not our concern. Its warnings module
        # enables them always, so this filter comes first.
        import authlib.deprecate  # type: ignore[import-untyped]  # noqa: F401 -- for what it does

        warnings.simplefilter("ignore", DeprecationWarning)
        from oidc_provider_mock import (  # type: ignore[import-untyped]  # it has no types
            run_server_in_thread,
        )
    with run_server_in_thread(require_nonce=True) as server:
        yield Provider(f"http://localhost:{server.server_port}")
