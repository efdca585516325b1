"""Accounts over REST and GraphQL: the same steps, the same responses, and permissions."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

import jwt
import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from strawberry.types.base import get_object_definition

from nexus.api.urls import version_1
from nexus.api.users.graphql.accounts import UsersMutation, UsersQuery
from nexus.api.users.graphql.second_factors import SecondFactorsMutation, SecondFactorsQuery
from nexus.apps.users import services
from nexus.apps.users.models import ACCESS_LIFETIME, User
from nexus.apps.users.services.keys import current_key, private_pem
from tests.support.accounts import App, mailed, mails_sent, sent_token, stopped_clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

JSON = "application/json"
EMAIL, PASSWORD, OTHER = "ada@example.org", "correct horse battery", "another staple entirely"

# Each operation: its method and URL in REST, its text in GraphQL.
TOKENS = "{ access refresh expiresIn tokenType }"
ACCOUNT = "{ email emailVerifiedAt pendingEmail name roles joinedAt }"
OPERATIONS = {
    "sign_up": ("post", "accounts/sign-up/", ""),
    "verify_email": ("post", "accounts/verify/", ""),
    "log_in": ("post", "accounts/log-in/", TOKENS),
    "log_in_with_second_factor": ("post", "accounts/log-in/second-factor/", TOKENS),
    "exchange_code": ("post", "accounts/exchange/", TOKENS),
    "refresh_tokens": ("post", "accounts/refresh/", TOKENS),
    "log_out": ("post", "accounts/log-out/", ""),
    "request_reset": ("post", "accounts/reset/", ""),
    "reset_password": ("post", "accounts/reset/confirm/", ""),
    "change_password": ("post", "accounts/password/", ""),
    "change_email": ("post", "accounts/email/", ""),
    "confirm_email": ("post", "accounts/email/confirm/", ""),
    "me": ("get", "me/", ACCOUNT),
    "update_profile": ("patch", "me/", ACCOUNT),
    "delete_account": ("post", "me/delete/", ""),
    "second_factor": ("get", "me/mfa/", "{ isOn recoveryCodesLeft }"),
    "begin_second_factor": ("post", "me/mfa/begin/", "{ setup secret uri qrSvg }"),
    "turn_on_second_factor": ("post", "me/mfa/turn-on/", "{ recoveryCodes }"),
    "renew_recovery_codes": ("post", "me/mfa/recovery-codes/", "{ recoveryCodes }"),
    "turn_off_second_factor": ("post", "me/mfa/turn-off/", ""),
}
OWN = {
    "change_password",
    "change_email",
    "me",
    "update_profile",
    "delete_account",
    "second_factor",
    "begin_second_factor",
    "turn_on_second_factor",
    "renew_recovery_codes",
    "turn_off_second_factor",
}


@dataclass
class Answer:
    """A response: an error's code if any, and the members by their names in REST."""

    code: str
    data: Any = None
    response: Any = field(default=None, repr=False)


class Surface(Protocol):
    def __call__(self, operation: str, bearer: str = "", /, **sent: str) -> Answer: ...


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def rest(operation: str, bearer: str = "", /, **sent: str) -> Answer:
    method, address, _ = OPERATIONS[operation]
    client = Client(enforce_csrf_checks=True)
    options: dict[str, Any] = {} if method == "get" else {"content_type": JSON, "data": sent}
    with mails_sent():
        answer = getattr(client, method)(f"/api/v1/{address}", headers=headers(bearer), **options)
    data: Any = answer.json() if answer.content else None
    return Answer(data["code"] if answer.status_code >= 400 else "", data, answer)


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def snake(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)


def graphql(operation: str, bearer: str = "", /, **sent: str) -> Answer:
    method, _, fields = OPERATIONS[operation]
    declared = ", ".join(f"${camel(name)}: String!" for name in sent)
    given = ", ".join(f"{camel(name)}: ${camel(name)}" for name in sent)
    called = f"{camel(operation)}({given})" if sent else camel(operation)
    kind = ("query" if method == "get" else "mutation") + (f" ({declared})" if sent else "")
    variables = {camel(name): value for name, value in sent.items()}
    body = {"query": f"{kind} {{ {called} {fields} }}", "variables": variables}
    client = Client(enforce_csrf_checks=True)
    with mails_sent():
        answer = client.post("/graphql/", body, content_type=JSON, headers=headers(bearer))
    found = answer.json()
    if "code" in found:
        return Answer(found["code"], found, answer)
    if "errors" in found:
        extensions = found["errors"][0]["extensions"]
        return Answer(extensions["code"], extensions, answer)
    data = found["data"][camel(operation)]
    if isinstance(data, dict):
        data = {snake(name): value for name, value in data.items()}
    return Answer("", data, answer)


SURFACES = pytest.mark.parametrize("ask", [rest, graphql])


@pytest.fixture
def ada() -> User:
    user: User = User.objects.create_user(EMAIL, PASSWORD, name="Ada")
    return user


def access(email: str = EMAIL, password: str = PASSWORD) -> str:
    tokens = services.log_in(email=email, password=password, address="192.0.2.1")
    return tokens.access


@SURFACES
def test_the_walk_from_sign_up_to_deletion(ask: Surface) -> None:
    assert ask("sign_up", email=EMAIL, password=PASSWORD, name="Ada").code == ""
    assert ask("log_in", email=EMAIL, password=PASSWORD).code == "email_unverified"
    assert ask("verify_email", token=sent_token()).code == ""

    first = ask("log_in", email=EMAIL, password=PASSWORD).data
    assert (first["expires_in"], first["token_type"]) == (600, "Bearer")
    second = ask("refresh_tokens", refresh=first["refresh"]).data
    token = second["access"]
    me = ask("me", token).data
    assert (me["email"], me["name"], me["roles"]) == (EMAIL, "Ada", [])
    assert me["email_verified_at"] is not None
    assert ask("update_profile", token, name="Countess").data["name"] == "Countess"

    assert ask("change_email", token, email="l@example.org", password=PASSWORD).code == ""
    assert ask("me", token).data["pending_email"] == "l@example.org"
    assert [to for to, _ in mailed()][-2:] == ["l@example.org", EMAIL]
    assert ask("request_reset", email=EMAIL).code == ""
    assert ask("reset_password", token=sent_token(), password=OTHER).code == ""
    assert ask("me", token).code == "access_token_invalid"

    third = ask("log_in", email=EMAIL, password=OTHER).data
    sent = {"current_password": OTHER, "password": PASSWORD}
    assert ask("change_password", third["access"], **sent).code == ""
    last = ask("log_in", email=EMAIL, password=PASSWORD).data
    assert ask("log_out", refresh=last["refresh"]).code == ""
    assert ask("refresh_tokens", refresh=last["refresh"]).code == "refresh_token_invalid"
    assert ask("delete_account", access(), password=PASSWORD).code == ""
    assert ask("log_in", email=EMAIL, password=PASSWORD).code == "credentials_wrong"


@SURFACES
@pytest.mark.usefixtures("ada")
def test_a_new_address_is_confirmed(ask: Surface) -> None:
    ask("change_email", access(), email="l@example.org", password=PASSWORD)
    mail.outbox.pop()  # the notification to the current address

    assert ask("confirm_email", token=sent_token()).code == ""
    assert ask("log_in", email="l@example.org", password=PASSWORD).code == ""


@SURFACES
def test_the_walk_with_a_second_factor(
    ask: Surface, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = stopped_clock(monkeypatch)
    token = access()
    made = ask("begin_second_factor", token).data
    app = App(made["secret"], clock)
    sent = {"setup": made["setup"], "code": app.code(), "password": PASSWORD}
    codes = ask("turn_on_second_factor", token, **sent).data["recovery_codes"]
    assert ask("second_factor", token).data == {"is_on": True, "recovery_codes_left": 10}

    clock.period += 1
    asked = ask("log_in", email=EMAIL, password=PASSWORD)
    assert asked.code == "second_factor_required"
    ticket = asked.data["ticket"]
    wrong = ask("log_in_with_second_factor", ticket=ticket, code="000000")
    assert wrong.code == "second_factor_wrong"
    tokens = ask("log_in_with_second_factor", ticket=ticket, code=app.code()).data
    assert ask("me", tokens["access"]).data["email"] == ada.email
    assert ask("log_in_with_second_factor", ticket=ticket, code=codes[0]).code == ""
    assert ask("second_factor", token).data["recovery_codes_left"] == 9

    sent = {"password": PASSWORD, "code": codes[1]}
    renewed = ask("renew_recovery_codes", token, **sent).data["recovery_codes"]
    sent = {"password": PASSWORD, "code": renewed[0]}
    assert ask("turn_off_second_factor", token, **sent).code == ""
    assert ask("log_in", email=EMAIL, password=PASSWORD).code == ""


@SURFACES
def test_a_code_of_a_browser_becomes_tokens(ask: Surface, ada: User) -> None:
    verifier, redirect_uri = "v" * 43, "http://127.0.0.1:8765/done"
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    code = services.issue_code(by=ada, redirect_uri=redirect_uri, challenge=challenge)
    sent = {"code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
    tokens = ask("exchange_code", **sent).data

    assert ask("me", tokens["access"]).data["email"] == EMAIL
    assert ask("exchange_code", **sent).code == "authorization_code_invalid"
    assert ask("me", tokens["access"]).code == "access_token_invalid"


# No enumeration: a response does not disclose whether an account exists.


@SURFACES
@pytest.mark.parametrize(
    ("operation", "sent"),
    [
        ("sign_up", {"password": OTHER}),
        ("log_in", {"password": OTHER}),
        ("request_reset", {}),
    ],
)
@pytest.mark.usefixtures("ada")
def test_an_answer_is_the_same_whether_or_not_there_is_an_account(
    ask: Surface, operation: str, sent: dict[str, str]
) -> None:
    known, unknown = (
        ask(operation, email=email, **sent).response for email in (EMAIL, "bob@example.org")
    )

    assert known.status_code == unknown.status_code
    assert known.content == unknown.content
    assert known.headers.keys() == unknown.headers.keys()


# Permissions.


SENT = {
    "change_password": {"current_password": PASSWORD, "password": OTHER},
    "change_email": {"email": "new@example.org", "password": PASSWORD},
    "update_profile": {"name": "Other"},
    "delete_account": {"password": PASSWORD},
    "turn_on_second_factor": {"setup": "made up", "code": "000000", "password": PASSWORD},
    "renew_recovery_codes": {"code": "000000", "password": PASSWORD},
    "turn_off_second_factor": {"code": "000000", "password": PASSWORD},
}
# The state of an account without a second factor, as all accounts here.
TOLD = {
    "turn_on_second_factor": "setup_invalid",
    "renew_recovery_codes": "second_factor_off",
    "turn_off_second_factor": "second_factor_off",
}
READS = {"me", "second_factor", "begin_second_factor", *TOLD}


@SURFACES
@pytest.mark.parametrize("who", ["stranger", "user", "other", "admin"])
@pytest.mark.parametrize("operation", sorted(OWN))
def test_everybody_reaches_their_own_account_and_nobody_elses(
    ask: Surface, operation: str, who: str, ada: User
) -> None:
    emails = {"user": EMAIL, "other": "bob@example.org", "admin": "eve@example.org"}
    User.objects.create_user(emails["other"], PASSWORD)
    User.objects.create_superuser(emails["admin"], PASSWORD)
    before = User.objects.filter(pk=ada.pk).values().get()
    token = access(emails[who]) if who != "stranger" else ""
    found = ask(operation, token, **SENT.get(operation, {}))

    told = TOLD.get(operation, "")
    assert found.code == ("not_authenticated" if who == "stranger" else told)
    if operation in {"me", "update_profile"} and who != "stranger":
        assert found.data["email"] == emails[who]
    after = User.objects.filter(pk=ada.pk).values().get()
    changes = {name for name in after if after[name] != before[name]} - {"last_login"}
    assert bool(changes) is (who == "user" and operation not in READS)


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - OWN))
def test_public_operations_ignore_an_expired_token(operation: str) -> None:
    found = rest(operation, "expired")

    assert found.code == "invalid_input"


def test_every_operation_of_accounts_is_in_the_matrix(client: Client) -> None:
    paths = {str(pattern.pattern) for pattern in version_1}
    served = {path for path in paths if path.startswith(("accounts/", "me/"))}
    fields = {
        found.python_name
        for kind in (UsersMutation, UsersQuery, SecondFactorsMutation, SecondFactorsQuery)
        for found in get_object_definition(kind, strict=True).fields
    }

    assert served - {"me/export/"} == {address for _, address, _ in OPERATIONS.values()}
    assert fields == set(OPERATIONS)
    assert client.get("/api/v1/me/export/").status_code == 401


def test_an_export_is_the_callers(ada: User) -> None:
    answer = Client().get("/api/v1/me/export/", headers=headers(access()))

    assert answer.json()["email"] == ada.email
    assert len(answer.json()["log_ins"]) == 1


# Tokens.


def expired(token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    claims["exp"] = timezone.now() - ACCESS_LIFETIME
    key = current_key()
    return jwt.encode(claims, private_pem(key), algorithm="EdDSA", headers={"kid": key.kid})


@SURFACES
@pytest.mark.usefixtures("ada")
def test_a_wrong_token_is_refused_with_a_challenge(ask: Surface) -> None:
    for token, code in [
        ("nonsense", "access_token_invalid"),
        (expired(access()), "access_token_expired"),
    ]:
        found = ask("me", token)
        assert (found.code, found.response.status_code) == (code, 401)
        challenge = found.response.headers["WWW-Authenticate"]
        assert challenge == 'Bearer realm="nexus", error="invalid_token"'


def test_a_wrong_token_is_never_taken_for_none() -> None:
    answer = Client().get("/api/v1/pages/", headers=headers("nonsense"))

    assert answer.json()["code"] == "access_token_invalid"


def test_a_token_comes_before_a_session_and_needs_no_csrf_token(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(services.ensure_owner())
    answer = client.patch(
        "/api/v1/me/", {"name": "Token"}, content_type=JSON, headers=headers(access())
    )

    assert (answer.status_code, answer.json()["email"]) == (200, ada.email)


def test_a_session_reaches_its_account_too(ada: User, client: Client) -> None:
    client.force_login(ada)

    assert client.get("/api/v1/me/").json()["email"] == ada.email


@pytest.mark.usefixtures("ada")
def test_responses_with_tokens_are_not_cacheable() -> None:
    answer = rest("log_in", email=EMAIL, password=PASSWORD).response

    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("ada")
def test_the_public_keys_verify_what_the_api_gives(client: Client) -> None:
    token = access()
    answer = client.get("/.well-known/jwks.json")
    key = jwt.PyJWKSet.from_dict(answer.json())[jwt.get_unverified_header(token)["kid"]]

    assert jwt.decode(token, key, algorithms=["EdDSA"], audience="nexus-api")["iss"] == "nexus"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@SURFACES
def test_too_many_guesses_get_retry_after(ask: Surface) -> None:
    for _ in range(10):
        assert ask("log_in", email=EMAIL, password="wrong").code == "credentials_wrong"
    found = ask("log_in", email=EMAIL, password="wrong")

    assert found.code == "throttled"
    assert 1 <= found.data["retry_after_s"] <= 60
    if ask is rest:
        assert found.response.status_code == 429
        assert found.response.headers["Retry-After"] == str(found.data["retry_after_s"])
