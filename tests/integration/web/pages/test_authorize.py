"""A program gets tokens through the browser: authorization code with PKCE, on loopback."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from nexus.apps.users import queries, services
from nexus.apps.users.errors import AccessTokenError, AuthorizationCodeError
from nexus.apps.users.models import AuthorizationCode, User
from tests.support.login_providers import query

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

VERIFIER = "a-secret-that-only-the-program-knows-0123456789"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
LISTENING = "http://127.0.0.1:51004/done"
ASKED = {
    "response_type": "code",
    "redirect_uri": LISTENING,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "xyz",
}
PATH = "/account/authorize/"


@pytest.fixture
def ada() -> User:
    user: User = User.objects.create_user("ada@example.org", "correct horse battery")
    return user


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def address(**changed: str) -> str:
    return f"{PATH}?{'&'.join(f'{name}={value}' for name, value in (ASKED | changed).items())}"


def allow(browser: Client, **changed: str) -> dict[str, str]:
    answer = browser.post(address(**changed), {"allow": "yes"})
    assert answer.status_code == 302
    return query(answer.headers["Location"])


def exchange(code: str, **changed: str) -> services.Tokens:
    sent = {"code": code, "code_verifier": VERIFIER, "redirect_uri": LISTENING, **changed}
    return services.exchange_code(**sent, address="192.0.2.1")


def test_a_code_becomes_tokens_once(browser: Client, ada: User) -> None:
    told = allow(browser)
    assert told["state"] == "xyz"
    tokens = exchange(told["code"])
    assert queries.get_user_of_access_token(tokens.access) == ada

    with pytest.raises(AuthorizationCodeError):
        exchange(told["code"])
    with pytest.raises(AccessTokenError):
        queries.get_user_of_access_token(tokens.access)


def test_a_stranger_logs_in_first(client: Client) -> None:
    answer = client.get(address())
    path = urlsplit(answer.headers["Location"])

    assert path.path == "/account/log-in/"
    assert query(answer.headers["Location"])["next"].startswith(PATH)


def test_the_user_must_consent_and_sees_the_client(browser: Client) -> None:
    page = browser.get(address())
    policy = page.headers["Content-Security-Policy"]

    assert "127.0.0.1:51004" in page.content.decode()
    assert "ada@example.org" in page.content.decode()
    assert "form-action 'self' http://127.0.0.1:51004;" in policy
    assert not AuthorizationCode.objects.exists()


def test_a_refusal_is_told_to_the_program(browser: Client) -> None:
    answer = browser.post(address(), {"deny": "yes"})

    assert answer.headers["Location"] == f"{LISTENING}?error=access_denied&state=xyz"
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1.evil.example:1/"},
        {"redirect_uri": "http://127.0.0.1/"},
        {"redirect_uri": "http://user@127.0.0.1:1/"},
        {"redirect_uri": "http://127.0.0.1:1/%23x"},
        {"redirect_uri": "http://127.0.0.1:1/%0d%0ax"},
        {"redirect_uri": "http://127.0.0.1:99999/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "https://front.example.org/other"},
        {"redirect_uri": ""},
        {"code_challenge": ""},
        {"code_challenge": VERIFIER},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
        {"state": "x" * 501},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_redirects_go_only_to_registered_urls(
    browser: Client, settings: Settings, method: str, changed: dict[str, str]
) -> None:
    settings.CLIENT_REDIRECTS = ["https://front.example.org/done"]
    answer = getattr(browser, method)(
        address(**changed), {"allow": "yes"} if method == "post" else None
    )

    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("where", ["http://[::1]:1/x", "http://localhost:8080"])
def test_every_name_of_this_machine_will_do(browser: Client, where: str) -> None:
    assert exchange(allow(browser, redirect_uri=where)["code"], redirect_uri=where)


def test_a_listed_address_will_do(browser: Client, settings: Settings) -> None:
    settings.CLIENT_REDIRECTS = ["https://front.example.org/done"]
    where = "https://front.example.org/done"

    assert exchange(allow(browser, redirect_uri=where)["code"], redirect_uri=where)


@pytest.mark.parametrize(
    "changed", [{"code_verifier": "another"}, {"redirect_uri": "http://127.0.0.1:51004/other"}]
)
def test_a_code_shown_with_something_else_is_used_up(
    browser: Client, changed: dict[str, str]
) -> None:
    code = allow(browser)["code"]
    for sent in (changed, {}):
        with pytest.raises(AuthorizationCodeError):
            exchange(code, **sent)


def test_a_code_of_yesterday_is_refused_and_deleted(browser: Client, ada: User) -> None:
    code = allow(browser)["code"]
    AuthorizationCode.objects.update(expires_at="2020-01-01T00:00:00Z")
    with pytest.raises(AuthorizationCodeError):
        exchange(code)
    assert services.delete_spent_codes() == 1
    code = allow(browser)["code"]
    User.objects.filter(pk=ada.pk).update(is_active=False)
    with pytest.raises(AuthorizationCodeError):
        exchange(code)


def test_a_code_is_kept_as_its_digest(browser: Client) -> None:
    code = allow(browser)["code"]

    assert code not in str(AuthorizationCode.objects.values().get())
