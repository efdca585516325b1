"""Access tokens, refresh tokens that work once, and the keys behind them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import jwt
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from nexus.apps.users import attempts, queries, services
from nexus.apps.users.errors import (
    AccessTokenError,
    AccessTokenExpiredError,
    CredentialsError,
    EmailUnverifiedError,
    RefreshTokenError,
)
from nexus.apps.users.models import ACCESS_LIFETIME, RefreshToken, SigningKey, TokenFamily, User
from nexus.apps.users.services import Tokens
from nexus.apps.users.services.keys import current_key, private_pem
from nexus.apps.users.services.tokens import begin_log_in as begin
from nexus.core.audit.models import Entry
from nexus.core.cache.rate_limits import Limit
from nexus.core.errors import ThrottledError
from nexus.core.security.encryption import UndecipherableError
from tests.support.nonempty import nonempty

pytestmark = [pytest.mark.servers, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

PASSWORD = "correct horse battery"
ADDRESS = "192.0.2.1"
ROUNDS, CLIENTS = 20, 20


@pytest.fixture
def ada() -> User:
    user: User = User.objects.create_user("ada@example.org", PASSWORD)
    return user


def log_in(email: str = "ada@example.org", password: str = PASSWORD) -> Tokens:
    return services.log_in(email=email, password=password, address=ADDRESS)


def forge(tokens: Tokens, **changed: Any) -> str:
    """Sign a token's claims, with changes, with the current key."""
    claims = jwt.decode(tokens.access, options={"verify_signature": False})
    key = current_key()
    headers = {"kid": changed.pop("kid", key.kid)}
    claims |= changed
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, private_pem(key), algorithm="EdDSA", headers=headers)


# Log-in.


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.org"])
def test_log_in_gives_a_token_of_its_user(ada: User, email: str) -> None:
    tokens = log_in(email)

    assert queries.get_user_of_access_token(tokens.access) == ada
    assert tokens.expires_in == 600
    ada.refresh_from_db()
    assert ada.last_login is not None


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.org", "wrong"), ("bob@example.org", PASSWORD), ("ada@example.org", "")],
)
@pytest.mark.usefixtures("ada")
def test_log_in_with_wrong_credentials_is_refused(email: str, password: str) -> None:
    with pytest.raises(CredentialsError):
        log_in(email, password)


def test_log_in_of_a_deactivated_account_is_refused_like_any_other(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    with pytest.raises(CredentialsError):
        log_in()


def test_log_in_of_an_unverified_address_is_told_only_to_who_knows_the_password(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(email_verified_at=None)
    with pytest.raises(EmailUnverifiedError):
        log_in()
    with pytest.raises(CredentialsError):
        log_in(password="wrong")


def test_no_token_is_stored(ada: User) -> None:
    tokens = log_in()
    stored = str(list(RefreshToken.objects.values()) + list(ada.token_families.values()))

    assert tokens.refresh not in stored
    assert tokens.access not in stored


# Access tokens.


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "others"},
        {"iss": "others"},
        {"exp": None},
        {"sid": None},
        {"sid": "00000000-0000-4000-8000-000000000000"},
        {"kid": "0" * 16},
        {"kid": "\x00"},
        {"kid": "../../etc"},
    ],
)
@pytest.mark.usefixtures("ada")
def test_an_access_token_that_is_not_as_we_make_them_is_refused(changed: dict[str, Any]) -> None:
    tokens = log_in()
    assert queries.get_user_of_access_token(forge(tokens))
    with pytest.raises(AccessTokenError):
        queries.get_user_of_access_token(forge(tokens, **changed))


@pytest.mark.usefixtures("ada")
def test_a_token_signed_by_another_algorithm_is_refused() -> None:
    tokens = log_in()
    claims = jwt.decode(tokens.access, options={"verify_signature": False})
    headers = {"kid": current_key().kid}
    secret = "a secret of more than thirty-two bytes"
    for token in (
        jwt.encode(claims, "", algorithm="none", headers=headers),
        jwt.encode(claims, secret, algorithm="HS256", headers=headers),
        tokens.access[:-4] + "AAAA",
        "",
        "a.b.c",
    ):
        with pytest.raises(AccessTokenError):
            queries.get_user_of_access_token(token)


@pytest.mark.usefixtures("ada")
def test_an_expired_access_token_is_told_apart() -> None:
    past = timezone.now() - ACCESS_LIFETIME
    with pytest.raises(AccessTokenExpiredError):
        queries.get_user_of_access_token(forge(log_in(), exp=past))


@pytest.mark.usefixtures("ada")
def test_log_out_ends_every_token_at_once() -> None:
    first = log_in()
    second = services.refresh_tokens(token=first.refresh, address=ADDRESS)
    services.log_out(token=first.refresh, address=ADDRESS)

    for token in (first.access, second.access):
        with pytest.raises(AccessTokenError):
            queries.get_user_of_access_token(token)
    with pytest.raises(RefreshTokenError):
        services.refresh_tokens(token=second.refresh, address=ADDRESS)


def test_log_out_leaves_other_log_ins_alone(ada: User) -> None:
    here, there = log_in(), log_in()
    services.log_out(token=here.refresh, address=ADDRESS)
    services.log_out(token="unknown", address=ADDRESS)

    assert queries.get_user_of_access_token(there.access) == ada


def test_a_deactivated_user_has_no_token(ada: User) -> None:
    tokens = log_in()
    User.objects.filter(pk=ada.pk).update(is_active=False)

    with pytest.raises(AccessTokenError):
        queries.get_user_of_access_token(tokens.access)
    with pytest.raises(RefreshTokenError):
        services.refresh_tokens(token=tokens.refresh, address=ADDRESS)


# Refresh tokens.


def test_a_refresh_token_is_exchanged_for_new_tokens(ada: User) -> None:
    first = log_in()
    second = services.refresh_tokens(token=first.refresh, address=ADDRESS)

    assert second.refresh != first.refresh
    assert queries.get_user_of_access_token(second.access) == ada
    assert ada.token_families.count() == 1


@pytest.mark.usefixtures("ada")
def test_a_refresh_token_that_comes_twice_ends_the_log_in() -> None:
    first = log_in()
    second = services.refresh_tokens(token=first.refresh, address=ADDRESS)
    for token in (first.refresh, second.refresh):
        with pytest.raises(RefreshTokenError):
            services.refresh_tokens(token=token, address=ADDRESS)
    with pytest.raises(AccessTokenError):
        queries.get_user_of_access_token(second.access)


@pytest.mark.usefixtures("ada")
def test_a_log_in_ends_however_often_it_is_refreshed() -> None:
    tokens = log_in()
    TokenFamily.objects.update(expires_at=Now() - timedelta(seconds=1))
    with pytest.raises(RefreshTokenError):
        services.refresh_tokens(token=tokens.refresh, address=ADDRESS)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_twenty_parallel_refreshes_one_is_accepted_and_the_log_in_ends(ada: User) -> None:
    together = threading.Barrier(CLIENTS)

    def refresh(token: str, client: int) -> Tokens | None:
        connection.ensure_connection()
        together.wait()
        try:
            return services.refresh_tokens(token=token, address=f"192.0.2.{client}")
        except RefreshTokenError:
            return None
        finally:
            connection.close()

    accepted = []
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(ROUNDS):
            made = list(pool.map(refresh, [begin(ada).refresh] * CLIENTS, range(CLIENTS)))
            winners = [tokens for tokens in made if tokens]
            accepted.append(len(winners))
            with pytest.raises(AccessTokenError):
                queries.get_user_of_access_token(winners[0].access)
            with pytest.raises(RefreshTokenError):
                services.refresh_tokens(token=winners[0].refresh, address=ADDRESS)
    assert accepted == [1] * ROUNDS


@pytest.mark.usefixtures("ada")
def test_delete_spent_tokens_keeps_what_still_says_something() -> None:
    spent, kept = log_in(), log_in()
    services.log_out(token=kept.refresh, address=ADDRESS)
    services.rotate_signing_key()
    family = RefreshToken.objects.order_by("pk").first()
    assert family is not None
    TokenFamily.objects.filter(pk=family.family_id).update(expires_at=Now())
    SigningKey.objects.exclude(retired_at=None).update(retired_at=Now() - ACCESS_LIFETIME)

    assert spent
    assert services.delete_spent_tokens() == 3  # a log-in, its token, a key
    assert (TokenFamily.objects.count(), SigningKey.objects.count()) == (1, 1)


# Keys.


def test_a_retired_key_verifies_until_its_tokens_have_expired(ada: User) -> None:
    before = log_in()
    call_command("rotate_signing_key")
    after = log_in()

    kids = [jwt.get_unverified_header(tokens.access)["kid"] for tokens in (before, after)]
    assert kids[0] != kids[1]
    assert {key["kid"] for key in queries.list_public_keys()} == set(kids)
    for tokens in (before, after):
        assert queries.get_user_of_access_token(tokens.access) == ada
    SigningKey.objects.exclude(retired_at=None).update(retired_at=Now() - ACCESS_LIFETIME)
    assert [key["kid"] for key in queries.list_public_keys()] == kids[1:]


@pytest.mark.usefixtures("ada")
def test_a_revoked_key_verifies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = log_in()
    call_command("rotate_signing_key", "--revoke")
    monkeypatch.setattr("nexus.apps.users.queries.time.monotonic", lambda: 0.0)

    with pytest.raises(AccessTokenError):
        queries.get_user_of_access_token(tokens.access)
    assert queries.get_user_of_access_token(
        services.refresh_tokens(token=tokens.refresh, address=ADDRESS).access
    )


def test_after_a_theft_every_log_in_ends(ada: User) -> None:
    first, second = log_in(), log_in()
    call_command("end_log_ins", stdout=(told := StringIO()))

    assert told.getvalue() == "2 log-ins have been ended.\n"
    for tokens in (first, second):
        with pytest.raises(RefreshTokenError):
            services.refresh_tokens(token=tokens.refresh, address=ADDRESS)
        with pytest.raises(AccessTokenError):
            queries.get_user_of_access_token(tokens.access)
    entries = Entry.objects.filter(action="log_in.ended_for_all")
    assert [entry.key for entry in entries] == [str(ada.pk)]
    assert log_in()


@pytest.mark.usefixtures("ada")
def test_anybody_can_verify_a_token_with_the_published_keys() -> None:
    token = log_in().access
    published = queries.list_public_keys()
    assert all("d" not in key for key in nonempty(published))  # the private half
    keys = jwt.PyJWKSet.from_dict({"keys": published})
    key = keys[jwt.get_unverified_header(token)["kid"]]

    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="nexus-api", issuer="nexus")
    assert claims["sub"].isdigit()


def test_the_private_key_is_kept_encrypted(settings: Settings) -> None:
    key = current_key()
    plain = private_pem(key)

    assert "PRIVATE KEY" in plain
    assert "PRIVATE KEY" not in key.private_pem
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert private_pem(key) == plain
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(UndecipherableError, match="SECRET_KEY_FALLBACKS"):
        private_pem(key)


# Limits.


@pytest.mark.parametrize(
    ("kind", "work"), [("REFRESH", services.refresh_tokens), ("LOG_OUT", services.log_out)]
)
@pytest.mark.usefixtures("ada")
def test_an_address_asks_only_so_often_and_the_token_stays_good(
    kind: str, work: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = attempts.Attempts(f"tight-{kind.lower()}", None, Limit(2, 0.01))
    monkeypatch.setattr(f"nexus.apps.users.services.tokens.{kind}", tight)
    tokens = log_in()
    for _ in range(2):
        with suppress(RefreshTokenError):
            work(token="unknown", address=ADDRESS)
    with pytest.raises(ThrottledError) as refused:
        work(token=tokens.refresh, address=ADDRESS)

    assert refused.value.retry_after_s > 0
    assert queries.get_user_of_access_token(tokens.access)
    # Another address is not throttled, and the token was not used up.
    work(token=tokens.refresh, address="192.0.2.2")


@pytest.mark.usefixtures("ada")
def test_refreshes_are_counted_apart_from_log_ins_and_log_outs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No token is refilled while this test runs.
    tight = attempts.Attempts("tight-refresh", None, Limit(3, 0.001))
    monkeypatch.setattr("nexus.apps.users.services.tokens.REFRESH", tight)
    for _ in range(3):
        with pytest.raises(RefreshTokenError):
            services.refresh_tokens(token="unknown", address=ADDRESS)
    with pytest.raises(ThrottledError):
        services.refresh_tokens(token="unknown", address=ADDRESS)

    services.log_out(token=log_in().refresh, address=ADDRESS)


@pytest.mark.parametrize("path", ["refresh", "log-out"])
def test_a_house_of_ipv6_is_one_client(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("REFRESH", "LOG_OUT"):
        tight = attempts.Attempts(f"house-{kind.lower()}-{path}", None, Limit(2, 0.01))
        monkeypatch.setattr(f"nexus.apps.users.services.tokens.{kind}", tight)
    answers = [
        Client(REMOTE_ADDR=f"2001:db8:0:{house}::{host}").post(
            f"/api/v1/accounts/{path}/", {"refresh": "unknown"}, content_type="application/json"
        )
        for house, host in ((1, 1), (1, 2), (1, 3), (2, 1))
    ]

    usual = 401 if path == "refresh" else 204
    assert [answer.status_code for answer in answers] == [usual, usual, 429, usual]
    assert int(answers[2].headers["Retry-After"]) > 0
