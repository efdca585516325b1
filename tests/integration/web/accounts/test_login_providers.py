"""Log-in by a real OpenID Connect provider on loopback, from the button to the session."""

from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from pytest_django.fixtures import Settings

from nexus.apps.users import queries, services
from nexus.apps.users.errors import CredentialsError
from nexus.apps.users.models import User
from tests.support.accounts import App, mailed, mails_sent, stopped_clock
from tests.support.login_providers import LEAVE, Person, Provider, provided, query

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("unlimited"),
    # A dependency of the provider is deprecated, which is not our concern.
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]

EMAIL, PASSWORD = "ada@example.org", "correct horse battery"
ADA = Person("ada-there", {"email": EMAIL, "email_verified": True, "name": "Ada"})
ADDRESS = "192.0.2.1"
REFUSED = "Sign-in with this provider failed"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    # The provider's library is used over loopback without TLS.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        with provided() as found:
            yield found


@pytest.fixture
def provider(running: Provider, settings: Settings) -> Provider:
    settings.LOGIN_PROVIDERS = running.settings()
    return running


@pytest.fixture
def browser() -> Client:
    return Client()


def signed_in(browser: Client) -> str:
    """Return the e-mail address of the account that a browser is signed in to, or ""."""
    answer = browser.get("/api/v1/me/")
    return str(answer.json()["email"]) if answer.status_code == 200 else ""


def refused(answer: Any, sentence: str = REFUSED) -> bool:
    return answer.status_code == 403 and sentence in answer.content.decode()


# The walk.


def test_a_stranger_gets_an_account(provider: Provider, browser: Client) -> None:
    answer = provider.walk(browser, ADA)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    assert signed_in(browser) == EMAIL
    user = User.objects.get()
    assert (user.name, user.has_usable_password()) == ("Ada", False)
    assert user.email_verified_at is not None


def test_state_nonce_and_challenge_are_new_each_time(provider: Provider, browser: Client) -> None:
    first, second = (query(provider.leave(browser)) for _ in range(2))

    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 16
        assert first[name] != second[name]
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == "http://testserver/account/providers/oidc/callback/"
    assert "s3cret" not in str(first)


def test_the_callback_has_the_public_name(
    provider: Provider, browser: Client, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://nexus.example.org/"
    there = query(provider.leave(browser))

    assert there["redirect_uri"].startswith("https://nexus.example.org/account/providers/")


def test_returning_user_is_identified_by_id_not_by_address(
    provider: Provider, browser: Client
) -> None:
    provider.walk(browser, ADA)
    moved = Person(ADA.sub, {"email": "new@example.org", "email_verified": False})
    again = Client()
    provider.walk(again, moved)

    assert signed_in(again) == EMAIL
    assert User.objects.count() == 1


def test_nothing_of_the_provider_but_the_id_is_kept(provider: Provider, browser: Client) -> None:
    provider.walk(browser, ADA)
    kept = SocialAccount.objects.values("provider", "uid", "extra_data").get()

    assert kept == {"provider": "oidc", "uid": "ada-there", "extra_data": {}}


def test_a_log_in_goes_on_to_where_the_person_was(provider: Provider, browser: Client) -> None:
    assert provider.walk(browser, ADA, next="/labs/").headers["Location"] == "/labs/"


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\0"],
)
def test_redirect_to_another_host_is_refused(
    provider: Provider, browser: Client, address: str
) -> None:
    assert provider.walk(browser, ADA, next=address).headers["Location"] == "/account/"


# Accounts that exist already.


def test_a_verified_account_is_linked_and_its_owner_notified(
    provider: Provider, browser: Client
) -> None:
    ada = User.objects.create_user("Ada@example.org", PASSWORD)
    with mails_sent():
        provider.walk(browser, ADA)

    assert signed_in(browser) == ada.email
    assert mailed() == [(ada.email, "There is a new way to log in to your Nexus account")]
    assert services.log_in(email=EMAIL, password=PASSWORD, address=ADDRESS)
    assert queries.get_access(ada).providers == ("oidc",)


def test_unverified_account_is_replaced_by_the_verified_user(
    provider: Provider, browser: Client
) -> None:
    services.sign_up(email=EMAIL, password=PASSWORD, name="Mallory", address=ADDRESS)
    stale = User.objects.get()
    with mails_sent():
        provider.walk(browser, ADA)

    assert signed_in(browser) == EMAIL
    assert User.objects.get().name == "Ada"
    assert mailed() == [(EMAIL, "There is a new way to log in to your Nexus account")]
    with pytest.raises(CredentialsError):
        services.log_in(email=EMAIL, password=PASSWORD, address=ADDRESS)
    assert not User.objects.get().check_password(PASSWORD)
    assert stale.get_session_auth_hash() != User.objects.get().get_session_auth_hash()


@pytest.mark.parametrize(
    "claims",
    [
        {"email": EMAIL, "email_verified": False},
        {"email": EMAIL, "email_verified": "false"},
        {"email": EMAIL},
        {"email_verified": True},
        {},
    ],
)
def test_an_address_that_the_provider_has_not_verified_is_not_linked(
    provider: Provider, browser: Client, claims: dict[str, Any]
) -> None:
    User.objects.create_user(EMAIL, PASSWORD)
    answer = provider.walk(browser, Person("mallory", claims))

    assert refused(answer, "no verified email address for you")
    assert signed_in(browser) == ""
    assert not SocialAccount.objects.exists()


def test_a_deactivated_account_stays_so(provider: Provider, browser: Client) -> None:
    User.objects.create_user(EMAIL, is_active=False)
    for _ in range(2):
        assert refused(provider.walk(browser, ADA), "has been deactivated")
    assert not SocialAccount.objects.exists()


def test_an_unlinked_provider_opens_nothing_until_it_is_linked_again(
    provider: Provider, browser: Client
) -> None:
    provider.walk(browser, ADA)
    assert browser.post("/account/providers/oidc/unlink/").status_code == 302

    assert queries.get_access(User.objects.get()).providers == ()


def test_a_second_factor_is_asked_for(
    provider: Provider, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = stopped_clock(monkeypatch)
    ada = User.objects.create_user(EMAIL, PASSWORD)
    made = services.start_second_factor(by=ada)
    app = App(made.secret, clock)
    services.turn_on_second_factor(
        by=ada, setup=made.setup, code=app.code(), password=PASSWORD, address=ADDRESS
    )
    clock.period += 1
    answer = provider.walk(browser, ADA, next="/labs/")

    assert answer.headers["Location"] == "/account/log-in/second-factor/"
    assert signed_in(browser) == ""
    assert browser.post(answer.headers["Location"], {"code": "000000"}).status_code == 400
    done = browser.post(answer.headers["Location"], {"code": app.code()})
    assert done.headers["Location"] == "/labs/"
    assert signed_in(browser) == EMAIL


# Attacks.


def test_a_state_of_another_browser_is_refused(provider: Provider, browser: Client) -> None:
    provider.knows(ADA)
    back = provider.recognise(ADA, provider.leave(browser))
    victim = Client()
    provider.leave(victim)

    assert refused(victim.get(back))
    assert signed_in(victim) == ""


def test_a_callback_works_once(provider: Provider, browser: Client) -> None:
    provider.knows(ADA)
    back = provider.recognise(ADA, provider.leave(browser))
    assert browser.get(back).status_code == 302
    browser.post("/account/log-out/")

    assert refused(browser.get(back))
    assert signed_in(browser) == ""


def test_a_used_code_is_refused_in_another_log_in(provider: Provider, browser: Client) -> None:
    provider.knows(ADA)
    used = query(provider.recognise(ADA, provider.leave(browser)))
    browser.get("/account/providers/oidc/callback/", used)
    browser.post("/account/log-out/")
    state = query(provider.leave(browser))["state"]

    assert refused(
        browser.get("/account/providers/oidc/callback/", {"code": used["code"], "state": state})
    )


def test_a_code_of_another_log_in_is_refused_by_its_nonce(
    provider: Provider, browser: Client
) -> None:
    provider.knows(ADA)
    stolen = query(provider.recognise(ADA, provider.leave(Client())))["code"]
    state = query(provider.leave(browser))["state"]

    assert refused(
        browser.get("/account/providers/oidc/callback/", {"code": stolen, "state": state})
    )
    assert signed_in(browser) == ""


@pytest.mark.parametrize("sent", [{}, {"state": "x"}, {"code": "x"}, {"error": "access_denied"}])
def test_a_callback_without_a_log_in_is_refused(
    provider: Provider, browser: Client, sent: dict[str, str]
) -> None:
    provider.leave(browser)

    assert refused(browser.get("/account/providers/oidc/callback/", sent))


def own_key(claims: dict[str, Any], kid: str) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def public_secret(claims: dict[str, Any], kid: str) -> str:
    return jwt.encode(claims, "n" * 32, algorithm="HS256", headers={"kid": kid})


def unsigned(claims: dict[str, Any], kid: str) -> str:
    return jwt.encode(claims, "", algorithm="none", headers={"kid": kid})


@pytest.mark.parametrize("sign", [own_key, public_secret, unsigned])
def test_a_forged_id_token_is_refused(
    provider: Provider,
    browser: Client,
    monkeypatch: pytest.MonkeyPatch,
    sign: Callable[[dict[str, Any], str], str],
) -> None:
    answered = OAuth2Client.get_access_token

    def forge(self: OAuth2Client, *given: Any, **named: Any) -> dict[str, Any]:
        answer: dict[str, Any] = answered(self, *given, **named)
        claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
        claims["sub"] = "somebody else"
        kid = jwt.get_unverified_header(answer["id_token"])["kid"]
        return {**answer, "id_token": sign(claims, kid)}

    monkeypatch.setattr(OAuth2Client, "get_access_token", forge)

    assert refused(provider.walk(browser, ADA))
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 302),
        ({"iss": "https://evil.example"}, 403),
        ({"aud": "another"}, 403),
        ({"azp": "another"}, 403),
        ({"exp": 1}, 403),
        ({"nonce": None}, 403),
        ({"nonce": "another"}, 403),
        ({"sub": None}, 403),
    ],
    ids=str,
)
def test_an_id_token_is_believed_for_this_log_in_only(
    provider: Provider,
    browser: Client,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
    status: int,
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    answered = OAuth2Client.get_access_token

    def sign(self: OAuth2Client, *given: Any, **named: Any) -> dict[str, Any]:
        answer: dict[str, Any] = answered(self, *given, **named)
        claims = jwt.decode(answer["id_token"], options={"verify_signature": False}) | changed
        claims = {name: value for name, value in claims.items() if value is not None}
        return {**answer, "id_token": jwt.encode(claims, key, algorithm="RS256")}

    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    keys = jwt.PyJWKSet.from_dict({"keys": [{**public, "alg": "RS256", "use": "sig"}]})
    monkeypatch.setattr(OAuth2Client, "get_access_token", sign)
    monkeypatch.setattr(jwt.PyJWKSet, "from_dict", lambda _document: keys)

    assert provider.walk(browser, ADA).status_code == status
    assert User.objects.exists() is (status == 302)


def test_the_document_of_another_issuer_is_refused(
    provider: Provider, browser: Client, settings: Settings
) -> None:
    other = f"{provider.url}/.well-known/openid-configuration"
    settings.LOGIN_PROVIDERS = provider.settings(issuer=other)
    provider.knows(ADA)
    there = provider.leave(browser)

    assert refused(browser.get(provider.recognise(ADA, there)))


def test_an_unreachable_provider_is_reported_as_such(browser: Client, settings: Settings) -> None:
    settings.LOGIN_PROVIDERS = Provider("http://127.0.0.1:9").settings()

    assert refused(browser.post(LEAVE))


def test_a_provider_that_is_not_offered_is_not_found(browser: Client, settings: Settings) -> None:
    settings.LOGIN_PROVIDERS = []

    assert browser.post(LEAVE).status_code == 404
    assert browser.get(f"{LEAVE}callback/").status_code == 404


def test_no_page_of_allauth_is_served(browser: Client) -> None:
    for path in ("signup", "login", "password/reset", "email", "confirm-email", "2fa", "3rdparty"):
        for prefix in ("accounts", "account"):
            assert browser.get(f"/{prefix}/{path}/").status_code in {404, 302}
            assert b"allauth" not in browser.get(f"/{prefix}/{path}/").content
