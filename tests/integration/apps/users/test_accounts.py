"""Accounts from sign-up to deletion: who gets which mail, and what is not disclosed."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail

from nexus.apps.users import attempts, queries, services
from nexus.apps.users.errors import (
    AccessTokenError,
    CredentialsError,
    EmailTakenError,
    MailedTokenError,
    PasswordRefusedError,
    PasswordWrongError,
    RefreshTokenError,
)
from nexus.apps.users.events import MAIL_WANTED
from nexus.apps.users.models import Role, User
from nexus.apps.users.permissions import Permission
from nexus.core.audit.models import Entry
from nexus.core.cache import rate_limits
from nexus.core.cache.rate_limits import Limit, StoreUnavailableError
from nexus.core.errors import ThrottledError
from nexus.core.observability.metrics import ACCOUNTS
from nexus.core.outbox.models import Message
from tests.support.accounts import mailed, mails_sent, sent_token

pytestmark = [pytest.mark.servers, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

EMAIL, PASSWORD, OTHER = "ada@example.org", "correct horse battery", "another staple entirely"
ADDRESS = "192.0.2.1"


@pytest.fixture
def ada() -> User:
    user: User = User.objects.create_user(EMAIL, PASSWORD)
    return user


def sign_up(email: str = EMAIL, password: str = PASSWORD) -> None:
    with mails_sent():
        services.sign_up(email=email, password=password, address=ADDRESS)


def reset(email: str = EMAIL) -> None:
    with mails_sent():
        services.request_reset(email=email, address=ADDRESS)


def log_in(email: str = EMAIL, password: str = PASSWORD) -> services.Tokens:
    return services.log_in(email=email, password=password, address=ADDRESS)


def hashes(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """Count how often a password is hashed."""
    counted = []
    for name in ("encode", "verify"):
        original = getattr(Argon2PasswordHasher, name)

        def count(*given: Any, original: Any = original) -> Any:
            counted.append(given)
            return original(*given)

        monkeypatch.setattr(Argon2PasswordHasher, name, count)
    with suppress(CredentialsError):
        work()
    monkeypatch.undo()
    return len(counted)


# Sign-up.


def test_an_account_works_once_its_address_is_verified() -> None:
    sign_up()
    user = User.objects.get()
    assert user.email_verified_at is None
    token = sent_token()
    assert mailed() == [(EMAIL, "Verify your email address for Nexus")]
    services.verify_email(token=token, address=ADDRESS)

    assert queries.get_user_of_access_token(log_in().access) == user
    assert user.password.startswith("argon2")
    with pytest.raises(MailedTokenError):
        services.verify_email(token=token, address=ADDRESS)


def test_second_sign_up_replaces_an_unverified_account() -> None:
    sign_up(password=OTHER)
    stale = sent_token()
    sign_up()
    with pytest.raises(MailedTokenError):
        services.verify_email(token=stale, address=ADDRESS)
    services.verify_email(token=sent_token(), address=ADDRESS)

    assert log_in()
    with pytest.raises(CredentialsError):
        log_in(password=OTHER)


def happened() -> dict[str, float]:
    """Return the metrics of accounts."""
    (told,) = ACCOUNTS.collect()
    return {
        sample.labels["happened"]: sample.value
        for sample in told.samples
        if sample.name == "nexus_accounts_total"
    }


def test_an_account_is_counted_when_it_is_made_and_when_it_is_first_verified() -> None:
    before = happened()
    sign_up()
    sign_up()
    with mails_sent():
        services.verify_email(token=sent_token(), address=ADDRESS)
    sign_up()
    reset()
    with mails_sent():
        services.reset_password(token=sent_token(), password=OTHER, address=ADDRESS)
    sign_up("eve@example.org")
    reset("eve@example.org")
    with mails_sent():
        services.reset_password(token=sent_token(), password=OTHER, address=ADDRESS)

    new = {what: number - before[what] for what, number in happened().items()}
    assert new == {"signed_up": 2, "verified": 2, "deleted": 0}


def test_an_account_that_a_provider_opens_is_counted_once() -> None:
    sign_up("eve@example.org")
    before = happened()
    for _ in range(2):
        for number, email in enumerate((EMAIL, "eve@example.org")):
            with mails_sent():
                services.log_in_with_provider(services.Identity("oidc", f"uid-{number}", email))

    new = {what: number - before[what] for what, number in happened().items()}
    # The other one existed, and was unverified.
    assert new == {"signed_up": 1, "verified": 2, "deleted": 0}


@pytest.mark.parametrize("email", [EMAIL, EMAIL.upper()])
def test_sign_up_with_a_known_address_changes_nothing_and_tells_its_owner(
    ada: User, email: str
) -> None:
    sign_up(email, OTHER)

    assert mailed() == [(EMAIL, "You already have a Nexus account")]
    assert User.objects.get() == ada
    assert log_in()


def test_sign_up_with_the_address_of_a_deactivated_account_mails_nobody(ada: User) -> None:
    User.objects.update(is_active=False)
    sign_up(ada.email, OTHER)

    assert mailed() == []


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 10 characters"),
        ("password123", "too common"),
        ("8264017395", "entirely numeric"),
        ("ada@example.org", "too similar to the email"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, sentence: str) -> None:
    with pytest.raises(PasswordRefusedError, match=sentence):
        sign_up(password=password)
    assert not User.objects.exists()


# What is not disclosed.


@pytest.mark.usefixtures("ada")
def test_a_password_is_hashed_once_whether_or_not_there_is_an_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, unknown = "ada@example.org", "bob@example.org"
    for email in (known, unknown):
        assert hashes(partial(log_in, email, "wrong"), monkeypatch) == 1
        assert hashes(partial(sign_up, email), monkeypatch) == 1


@pytest.mark.usefixtures("ada")
def test_a_task_is_queued_whether_or_not_there_is_an_account() -> None:
    for email in (EMAIL, "bob@example.org"):
        reset(email)

    wanted = Message.objects.filter(topic=MAIL_WANTED, payload__kind="reset").order_by("pk")
    assert [message.payload["user_id"] for message in wanted] == [User.objects.get().pk, 0]
    assert mailed() == [(EMAIL, "Set a new password for Nexus")]


# Reset and change.


def test_a_reset_sets_the_password_once_and_ends_every_log_in(ada: User) -> None:
    tokens = log_in()
    reset()
    token = sent_token()
    with mails_sent():
        services.reset_password(token=token, password=OTHER, address=ADDRESS)

    assert mailed()[-1] == (EMAIL, "Your Nexus password was changed")
    with pytest.raises(AccessTokenError):
        queries.get_user_of_access_token(tokens.access)
    assert queries.get_user_of_access_token(log_in(password=OTHER).access) == ada
    with pytest.raises(MailedTokenError):
        services.reset_password(token=token, password=PASSWORD, address=ADDRESS)


def test_a_reset_verifies_the_address_it_was_mailed_to() -> None:
    sign_up()
    reset()
    services.reset_password(token=sent_token(), password=OTHER, address=ADDRESS)

    assert log_in(password=OTHER)


def test_a_token_serves_only_what_it_was_mailed_for() -> None:
    sign_up()
    token = sent_token()
    with pytest.raises(MailedTokenError):
        services.reset_password(token=token, password=OTHER, address=ADDRESS)
    with pytest.raises(MailedTokenError):
        services.confirm_email(token=token, address=ADDRESS)


@pytest.mark.parametrize("token", ["", ".", "1", "1.", "x.y-z", f"{'9' * 30}.a-b", "²." + "a-b"])
def test_a_made_up_token_is_refused(token: str) -> None:
    with pytest.raises(MailedTokenError):
        services.verify_email(token=token, address=ADDRESS)


def test_an_expired_token_is_refused(settings: Any) -> None:
    sign_up()
    settings.PASSWORD_RESET_TIMEOUT = -1
    with pytest.raises(MailedTokenError):
        services.verify_email(token=sent_token(), address=ADDRESS)


def test_a_change_of_password_needs_the_present_one_and_ends_every_log_in(ada: User) -> None:
    tokens = log_in()
    with pytest.raises(PasswordWrongError):
        services.change_password(by=ada, current=OTHER, password=OTHER, address=ADDRESS)
    assert queries.get_user_of_access_token(tokens.access) == ada
    with mails_sent():
        services.change_password(by=ada, current=PASSWORD, password=OTHER, address=ADDRESS)

    assert mailed() == [(EMAIL, "Your Nexus password was changed")]
    with pytest.raises(AccessTokenError):
        queries.get_user_of_access_token(tokens.access)
    assert log_in(password=OTHER)


def change_email(user: User, email: str) -> str:
    with mails_sent():
        services.change_email(by=user, password=PASSWORD, email=email, address=ADDRESS)
    to = [message.to[0] for message in mail.outbox]
    assert to == [email, user.email]
    token = next(m for m in mail.outbox if m.to[0] == email)
    mail.outbox[:] = [token]
    return sent_token()


def test_an_address_changes_once_the_new_one_has_answered(ada: User) -> None:
    token = change_email(ada, "lovelace@example.org")
    assert log_in()
    services.confirm_email(token=token, address=ADDRESS)

    assert log_in("lovelace@example.org")
    with pytest.raises(CredentialsError):
        log_in()
    with pytest.raises(MailedTokenError):
        services.confirm_email(token=token, address=ADDRESS)


def test_a_change_of_address_is_stopped_by_a_change_of_password(ada: User) -> None:
    token = change_email(ada, "lovelace@example.org")
    services.change_password(by=ada, current=PASSWORD, password=OTHER, address=ADDRESS)

    with pytest.raises(MailedTokenError):
        services.confirm_email(token=token, address=ADDRESS)


def test_the_address_of_another_account_is_told_to_be_taken_only_at_its_mailbox(ada: User) -> None:
    User.objects.create_user("bob@example.org")
    token = change_email(ada, "Bob@example.org")

    with pytest.raises(EmailTakenError):
        services.confirm_email(token=token, address=ADDRESS)
    ada.refresh_from_db()
    assert ada.email == EMAIL


# Export and deletion.


def test_an_export_holds_what_is_kept_and_no_secret(ada: User) -> None:
    tokens = log_in()
    ada.refresh_from_db()
    found = queries.export_account(ada)

    assert found["email"] == EMAIL
    assert len(found["log_ins"]) == 1
    for secret in (tokens.refresh, ada.password, str(ada.token_families.get().pk)):
        assert secret not in str(found)


def test_deletion_leaves_a_row_without_a_person(ada: User) -> None:
    ada.roles.add(Role.objects.get(slug="mentor"))
    tokens = log_in()
    with pytest.raises(PasswordWrongError):
        services.delete_account(by=ada, password=OTHER, address=ADDRESS)
    services.delete_account(by=ada, password=PASSWORD, address=ADDRESS)

    left = User.objects.values().get()
    assert left["email"] == f"deleted-{ada.pk}@deleted.invalid"
    assert "ada" not in str(left)
    assert not ada.roles.exists()
    with pytest.raises(AccessTokenError):
        queries.get_user_of_access_token(tokens.access)
    with pytest.raises(CredentialsError):
        log_in()
    sign_up()
    assert User.objects.with_email(EMAIL).get().pk != ada.pk


# Limits.


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
@pytest.mark.usefixtures("ada")
def test_an_account_is_locked_after_ten_guesses_from_anywhere(email: str) -> None:
    for guess in range(10):
        with pytest.raises(CredentialsError):
            services.log_in(email=email, password="wrong", address=f"192.0.2.{guess}")
    with pytest.raises(ThrottledError) as refused:
        services.log_in(email=email.upper(), password=PASSWORD, address="192.0.2.99")

    assert 1 <= refused.value.retry_after_s <= 60


def test_an_address_is_locked_whatever_accounts_it_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    tight = attempts.Attempts("log-in", attempts.LOG_IN.per_account, Limit(2, 0.01))
    monkeypatch.setattr("nexus.apps.users.services.login.LOG_IN", tight)
    for email in ("a@example.org", "b@example.org"):
        with pytest.raises(CredentialsError):
            services.log_in(email=email, password="wrong", address="198.51.100.7")
    with pytest.raises(ThrottledError):
        services.log_in(email="c@example.org", password="wrong", address="198.51.100.7")


def test_a_mailbox_is_not_filled_by_others() -> None:
    for _ in range(5):
        reset()
    with pytest.raises(ThrottledError):
        reset()
    with pytest.raises(ThrottledError):
        sign_up()


@pytest.mark.usefixtures("ada")
def test_attempts_pass_where_nothing_can_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_asked: object) -> None:
        raise StoreUnavailableError

    monkeypatch.setattr(rate_limits, "take", away)
    for _ in range(12):
        assert log_in()


# Permissions.


def test_an_owner_may_and_others_need_the_permission(ada: User) -> None:
    bob = User.objects.create_user("bob@example.org")
    admin = services.ensure_owner()
    allowed = [
        queries.may(user, Permission.CANCEL_ANY_RUN, owner_id=ada.pk)
        for user in (ada, bob, admin, None)
    ]

    assert allowed == [True, False, True, False]
    ada.is_active = False
    assert not queries.may(ada, Permission.CANCEL_ANY_RUN, owner_id=ada.pk)
    assert not queries.may(bob, Permission.CANCEL_ANY_RUN, owner_id=None)


def test_changes_of_an_account_are_audited() -> None:
    sign_up()
    services.verify_email(token=sent_token(), address=ADDRESS)
    user = User.objects.get()
    services.change_password(by=user, current=PASSWORD, password=OTHER, address=ADDRESS)
    first = log_in(password=OTHER)
    for _ in range(3):
        with suppress(RefreshTokenError):
            services.refresh_tokens(token=first.refresh, address=ADDRESS)
    services.delete_account(by=user, password=OTHER, address=ADDRESS)

    told = Entry.objects.filter(kind="users.user", key=str(user.pk)).order_by("pk")
    assert [(row.action, row.actor_id, row.details) for row in told] == [
        ("account.signed_up", None, {}),
        ("account.verified", user.pk, {}),
        ("account.password_changed", user.pk, {}),
        ("log_in.ended_by_reuse", None, {}),
        ("account.deleted", user.pk, {}),
    ]
