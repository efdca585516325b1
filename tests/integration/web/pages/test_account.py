"""The pages of accounts in a browser without script."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from nexus.apps.users import services
from nexus.apps.users.mail import PAGES
from nexus.apps.users.models import User
from nexus.web.urls import account_patterns
from tests.support.accounts import App, mails_sent, stopped_clock
from tests.support.nonempty import nonempty

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

EMAIL, PASSWORD, OTHER = "ada@example.org", "correct horse battery", "another staple entirely"
LINK = re.compile(r"https://nexus\.example\.org(\S+)")
ADDRESS = "192.0.2.1"


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://nexus.example.org/"


@pytest.fixture
def ada() -> User:
    user: User = User.objects.create_user(EMAIL, PASSWORD, name="Ada")
    return user


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def send(client: Client, path: str, **sent: str) -> Any:
    with mails_sent():
        return client.post(path, sent)


def mailed_link() -> str:
    (path,) = LINK.findall(str(mail.outbox[-1].body))
    return str(path)


def follow(client: Client, **sent: str) -> Any:
    """Open the link of the last mail and send its form."""
    path = mailed_link()
    page = client.get(path)
    assert page.status_code == 200
    (token,) = re.findall(r'name="token" value="([^"]+)"', page.content.decode())
    return send(client, urlsplit(path).path, token=token, **sent)


def test_the_walk_from_sign_up_to_deletion(client: Client) -> None:
    send(client, "/account/sign-up/", name="Ada", email=EMAIL, password=PASSWORD)
    answer = send(client, "/account/log-in/", email=EMAIL, password=PASSWORD)
    assert "not verified" in answer.content.decode()
    assert "Your email address is verified" in follow(client).content.decode()

    answer = send(client, "/account/log-in/", email=EMAIL, password=PASSWORD)
    assert answer.headers["Location"] == "/account/"
    assert send(client, "/account/", name="Countess").status_code == 302
    assert 'value="Countess"' in client.get("/account/").content.decode()

    send(client, "/account/password/", current=PASSWORD, password=OTHER)
    assert client.get("/account/").status_code == 200
    send(client, "/account/email/", email="l@example.org", password=OTHER)
    mail.outbox.pop()  # the notification to the current address
    assert "Your email address has changed" in follow(client).content.decode()
    assert client.get("/account/export/").json()["email"] == "l@example.org"

    client.post("/account/log-out/")
    assert client.get("/account/").status_code == 302
    send(client, "/account/reset/", email="l@example.org")
    assert "Your password is set" in follow(client, password=PASSWORD).content.decode()
    send(client, "/account/log-in/", email="l@example.org", password=PASSWORD)
    assert "deleted" in send(client, "/account/delete/", password=PASSWORD).content.decode()
    assert client.get("/account/").status_code == 302
    assert not User.objects.get().is_active


def test_the_walk_with_a_second_factor(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = stopped_clock(monkeypatch)
    page = browser.get("/account/second-factor/").content.decode()
    (secret,) = re.findall(r'class="secret">([A-Z2-7]+)<', page)
    (setup,) = re.findall(r'name="setup" value="([^"]+)"', page)
    assert "<svg " in page
    app = App(secret, clock)
    sent = {"setup": setup, "code": "000000", "password": PASSWORD}
    answer = send(browser, "/account/second-factor/", **sent)
    assert (answer.status_code, secret in answer.content.decode()) == (400, True)
    answer = send(browser, "/account/second-factor/", **sent | {"code": app.code()})
    codes = re.findall(r"<li><code>(\d+)</code>", answer.content.decode())
    assert len(codes) == 10
    assert "10 recovery codes left" in browser.get("/account/").content.decode()

    clock.period += 1
    browser.post("/account/log-out/")
    answer = send(browser, "/account/log-in/", email=EMAIL, password=PASSWORD, next="/labs/")
    assert answer.headers["Location"] == "/account/log-in/second-factor/"
    assert browser.get("/account/").status_code == 302
    assert send(browser, answer.headers["Location"], code="000000").status_code == 400
    answer = send(browser, answer.headers["Location"], code=app.code())
    assert answer.headers["Location"] == "/labs/"

    answer = send(browser, "/account/second-factor/codes/", password=PASSWORD, code=codes[0])
    (renewed, *_) = re.findall(r"<li><code>(\d+)</code>", answer.content.decode())
    answer = send(browser, "/account/second-factor/off/", password=PASSWORD, code=renewed)
    assert answer.headers["Location"] == "/account/"
    assert ">Set up<" in browser.get("/account/").content.decode()


def test_a_second_factor_is_asked_of_who_has_shown_a_password(client: Client) -> None:
    for answer in (
        client.get("/account/log-in/second-factor/"),
        client.post("/account/log-in/second-factor/", {"code": "000000"}),
    ):
        assert answer.headers["Location"] == "/account/log-in/"


def test_a_ticket_that_took_too_long_begins_again(
    ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = stopped_clock(monkeypatch)
    made = services.start_second_factor(by=ada)
    code = App(made.secret, clock).code()
    services.turn_on_second_factor(
        by=ada, setup=made.setup, code=code, password=PASSWORD, address=ADDRESS
    )
    send(client, "/account/log-in/", email=EMAIL, password=PASSWORD)
    monkeypatch.setattr("nexus.apps.users.services.login.TICKET_S", -1)
    answer = send(client, "/account/log-in/second-factor/", code="000000")

    assert "timed out" in answer.content.decode()
    assert client.get("/account/log-in/second-factor/").status_code == 302


# Errors, and where they are shown.


@pytest.mark.parametrize(
    ("path", "sent", "field", "sentence"),
    [
        ("log-in/", {"email": EMAIL, "password": "wrong"}, None, "Wrong email address or password"),
        ("log-in/", {"email": "x", "password": "wrong"}, "email", "valid email address"),
        ("log-in/", {}, "password", "required"),
        ("sign-up/", {"email": "b@example.org", "password": "short"}, "password", "10 characters"),
        ("verify/", {"token": "made up"}, None, "invalid, used, replaced or expired"),
        (
            "password/",
            {"current": "wrong", "password": OTHER},
            "current",
            "Current password is wrong",
        ),
        (
            "email/",
            {"email": "x@example.org", "password": "wrong"},
            "password",
            "Current password is wrong",
        ),
        ("delete/", {"password": "wrong"}, "password", "Current password is wrong"),
        ("log-in/", {"email": "a\0@example.org", "password": "x"}, "email", "Null characters"),
    ],
)
def test_a_refusal_stands_at_its_field(
    browser: Client, path: str, sent: dict[str, str], field: str | None, sentence: str
) -> None:
    answer = send(browser, f"/account/{path}", **sent)

    assert answer.status_code == 400
    form = answer.context["form"]
    assert sentence in " ".join(form.errors[field or "__all__"])
    assert sentence in answer.content.decode()


def test_too_many_tries_are_told_how_long_to_wait(client: Client) -> None:
    for _ in range(11):
        answer = send(client, "/account/log-in/", email=EMAIL, password="wrong")

    assert re.search(r"Try again in \d+ s", answer.content.decode())


def test_an_answer_is_the_same_whether_or_not_there_is_an_account(
    ada: User, client: Client
) -> None:
    for path, sent in (("sign-up/", {"password": OTHER}), ("reset/", {})):
        known, unknown = (
            send(client, f"/account/{path}", email=email, **sent)
            for email in (ada.email, "bob@example.org")
        )
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_redirect_to_another_host_is_refused(ada: User, client: Client, address: str) -> None:
    sent = {"email": ada.email, "password": PASSWORD, "next": address}

    assert send(client, "/account/log-in/", **sent).headers["Location"] == "/account/"
    assert address not in client.get("/account/log-in/", {"next": address}).content.decode()


def test_every_form_needs_its_token(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    for pattern in nonempty(account_patterns[0]):
        arguments = ["oidc"] if "slug" in str(pattern.pattern) else []
        path = reverse(f"account:{pattern.name}", args=arguments)
        if client.post(path).status_code != 405:
            assert client.post(path).status_code == 403, path


def test_personal_pages_are_shown_only_to_their_owner(client: Client) -> None:
    for name in ("own", "password", "email", "set-up", "codes", "turn-off", "export", "delete"):
        path = reverse(f"account:{name}")
        answer = client.get(path)
        assert answer.headers["Location"] == f"/account/log-in/?next={path}"


def test_pages_of_accounts_are_not_cacheable(browser: Client) -> None:
    for name in ("own", "log-in", "set-up", "export", "reset-confirm"):
        assert "no-store" in browser.get(reverse(f"account:{name}")).headers["Cache-Control"]


def test_the_links_in_mails_lead_to_pages(client: Client) -> None:
    assert {f"/{path}" for path in PAGES.values()} == {
        reverse(f"account:{name}") for name in ("verify", "reset-confirm", "email-confirm")
    }
    for path in PAGES.values():
        assert client.get(f"/{path}").status_code == 200


def test_opening_a_link_alone_changes_nothing(client: Client) -> None:
    send(client, "/account/sign-up/", email=EMAIL, password=PASSWORD)
    client.get(mailed_link())

    assert User.objects.get().email_verified_at is None


def test_a_session_ends_with_the_password_elsewhere(browser: Client, ada: User) -> None:
    other = Client()
    other.force_login(ada)
    send(browser, "/account/password/", current=PASSWORD, password=OTHER)

    assert browser.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_user_without_a_password_sees_how_to_set_one(client: Client) -> None:
    client.force_login(services.ensure_owner())

    assert "Set one by email" in client.get("/account/").content.decode()


def test_the_header_leads_to_the_account_or_to_the_log_in(browser: Client) -> None:
    assert 'href="/account/"' in browser.get("/claims/").content.decode()
    assert 'href="/account/log-in/"' in Client().get("/claims/").content.decode()
