"""Accounts for the tests of services and of the API: mails are sent and read at once."""

import base64
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.test import TestCase

from nexus.config.celery import app

__all__ = ["App", "Clock", "forget_attempts", "mailed", "mails_sent", "sent_token", "stopped_clock"]

TOKEN = re.compile(r"^\d+\.\S+$", re.MULTILINE)


def forget_attempts() -> None:
    """Reset every rate limit of attempts that earlier tests have used up."""
    store = redis.Redis.from_url(settings.CACHE_URL)
    for key in store.scan_iter("nexus:limit:users:*"):
        store.delete(key)
    store.close()


@contextmanager
def mails_sent() -> Iterator[None]:
    """Run the on_commit callbacks when the block ends, and the tasks in this process."""
    app.conf.task_always_eager = True
    try:
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield
    finally:
        app.conf.task_always_eager = False


def mailed() -> list[tuple[str, str]]:
    """Return the address and the subject of every mail, and forget them."""
    found = [(message.to[0], str(message.subject)) for message in mail.outbox]
    mail.outbox.clear()
    return found


def sent_token() -> str:
    """Return the token in the last mail."""
    body: Any = mail.outbox[-1].body
    (token,) = TOKEN.findall(body)
    return str(token)


@dataclass
class Clock:
    """The time that codes depend on, in periods of 30 s; it does not advance."""

    period: int = 60_000_000


def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let the service take the time of codes from a clock that the test controls."""
    clock = Clock()
    stopped = SimpleNamespace(time=lambda: clock.period * 30 + 7)
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", stopped)
    return clock


@dataclass(frozen=True)
class App:
    """An authenticator app by RFC 6238 and RFC 4226, independent of the service's code."""

    secret: str
    clock: Clock

    def code(self, later: int = 0) -> str:
        """Return the code of the current period, or of one `later`."""
        counter = (self.clock.period + later).to_bytes(8, "big")
        signed = hmac.digest(base64.b32decode(self.secret), counter, "sha1")
        at = signed[-1] & 15
        return f"{(int.from_bytes(signed[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
