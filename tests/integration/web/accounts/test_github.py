"""Log-in by GitHub, whose three documented URLs a server on loopback provides here."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from nexus.apps.users.models import User
from nexus.config.environment import LoginProvider
from nexus.web.accounts.login_providers import GitHubAdapter
from tests.support.login_providers import query

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

LEAVE = "/account/providers/github/"
EMAILS = [
    {"email": "other@example.org", "primary": False, "verified": True},
    {"email": "ada@example.org", "primary": True, "verified": True},
]


class Answers(BaseHTTPRequestHandler):
    """The responses of GitHub, and the requests to it."""

    emails: ClassVar[list[dict[str, Any]]] = []
    exchanged: ClassVar[list[dict[str, str]]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.exchanged.append(dict(parse_qsl(self.rfile.read(length).decode())))
        self._answer({"access_token": "gho_secret", "token_type": "bearer"})

    def do_GET(self) -> None:
        about = {"id": 583231, "login": "ada", "name": "Ada", "email": "public@example.org"}
        self._answer(self.emails if self.path.endswith("/emails") else about)

    def log_message(self, *_given: object) -> None:
        """Say nothing."""

    def _answer(self, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _github(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    settings.LOGIN_PROVIDERS = [LoginProvider("github", "GitHub", "nexus", "s3cret")]
    Answers.exchanged.clear()
    with running() as url:
        monkeypatch.setattr(GitHubAdapter, "access_token_url", f"{url}/login/oauth/access_token")
        monkeypatch.setattr(GitHubAdapter, "profile_url", f"{url}/user")
        monkeypatch.setattr(GitHubAdapter, "emails_url", f"{url}/user/emails")
        yield


def walk(browser: Client) -> tuple[dict[str, str], Any]:
    page = browser.post(LEAVE).content.decode()
    there = query(page.split("url=")[1].split('"')[0].replace("&amp;", "&"))
    answer = browser.get(f"{LEAVE}callback/", {"code": "c0de", "state": there["state"]})
    return there, answer


def test_the_primary_verified_address_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "emails", EMAILS)
    there, answer = walk(Client())

    assert answer.status_code == 302
    user = User.objects.get()
    assert (user.email, user.name) == ("ada@example.org", "Ada")
    assert there["scope"] == "user:email"
    (exchanged,) = Answers.exchanged
    assert exchanged["code"] == "c0de"
    assert len(exchanged["code_verifier"]) >= 43


@pytest.mark.parametrize(
    "emails", [[], [{"email": "ada@example.org", "primary": True, "verified": False}]]
)
def test_an_address_that_github_has_not_verified_is_not_linked(
    monkeypatch: pytest.MonkeyPatch, emails: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(Answers, "emails", emails)
    _there, answer = walk(Client())

    assert answer.status_code == 403
    assert not User.objects.exists()
