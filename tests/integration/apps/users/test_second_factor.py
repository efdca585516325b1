"""The second factor: codes that work once, recovery codes, and secrets that nobody can read."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from allauth.mfa.models import Authenticator
from django.core import signing
from django.db import connection
from pytest_django.fixtures import Settings

from nexus.apps.users import attempts, queries, services
from nexus.apps.users.errors import (
    CredentialsError,
    PasswordWrongError,
    SecondFactorError,
    SecondFactorOffError,
    SecondFactorOnError,
    SecondFactorRequiredError,
    SetupError,
    TicketError,
)
from nexus.apps.users.models import User
from nexus.core.cache.rate_limits import Limit, StoreUnavailableError
from nexus.core.errors import NexusError, ThrottledError
from nexus.core.security.encryption import UndecipherableError
from tests.support.accounts import App, Clock, mailed, mails_sent, stopped_clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

EMAIL, PASSWORD = "ada@example.org", "correct horse battery"
ADDRESS = "192.0.2.1"
CLIENTS = 20


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped_clock(monkeypatch)


@pytest.fixture
def ada() -> User:
    user: User = User.objects.create_user(EMAIL, PASSWORD)
    return user


@dataclass(frozen=True)
class Protected:
    """An account with a second factor, and all that its owner has."""

    user: User
    app: App
    codes: list[str]


def protect(user: User, clock: Clock) -> Protected:
    made = services.start_second_factor(by=user)
    app = App(made.secret, clock)
    codes = services.turn_on_second_factor(
        by=user, setup=made.setup, code=app.code(), password=PASSWORD, address=ADDRESS
    )
    clock.period += 1
    return Protected(user, app, codes)


@pytest.fixture
def protected(ada: User, clock: Clock) -> Protected:
    return protect(ada, clock)


def ticket(password: str = PASSWORD) -> str:
    with pytest.raises(SecondFactorRequiredError) as asked:
        services.log_in(email=EMAIL, password=password, address=ADDRESS)
    return asked.value.ticket


def complete(code: str, shown: str | None = None) -> services.Tokens:
    return services.log_in_with_second_factor(
        ticket=ticket() if shown is None else shown, code=code, address=ADDRESS
    )


# Log-in.


def test_a_log_in_needs_both_factors(protected: Protected) -> None:
    tokens = complete(protected.app.code())

    assert queries.get_user_of_access_token(tokens.access) == protected.user
    with pytest.raises(CredentialsError):
        services.log_in(email=EMAIL, password="wrong", address=ADDRESS)


def test_a_code_works_once_in_its_period(protected: Protected, clock: Clock) -> None:
    assert complete(protected.app.code())
    with pytest.raises(SecondFactorError):
        complete(protected.app.code())
    clock.period += 1
    assert complete(protected.app.code())


def test_an_earlier_code_is_void_after_a_later_one(protected: Protected) -> None:
    assert complete(protected.app.code(later=1))
    with pytest.raises(SecondFactorError):
        complete(protected.app.code())


def test_the_code_that_turned_it_on_is_used(ada: User, clock: Clock) -> None:
    protected = protect(ada, clock)
    with pytest.raises(SecondFactorError):
        complete(protected.app.code(later=-1))


@pytest.mark.parametrize("later", [-2, 2])
def test_a_clock_may_be_wrong_by_one_period_and_no_more(protected: Protected, later: int) -> None:
    protected.app.clock.period += 10
    with pytest.raises(SecondFactorError):
        complete(protected.app.code(later=later))
    assert complete(protected.app.code(later=later // 2))


@pytest.mark.parametrize("code", ["", "1", "abcdef", "0" * 20, "١٢٣٤٥٦"])
@pytest.mark.usefixtures("protected")
def test_invalid_code_is_refused(code: str) -> None:
    with pytest.raises(SecondFactorError):
        complete(code)


def test_codes_are_read_with_the_spaces_of_an_app(protected: Protected) -> None:
    code = protected.app.code()

    assert complete(f"{code[:3]} {code[3:]}")


# Tickets.


@pytest.mark.parametrize(
    "shown",
    ["", "x", "1:2:3", pytest.param(signing.dumps((1, ""), salt="another"), id="of another salt")],
)
def test_a_made_up_ticket_is_refused(protected: Protected, shown: str) -> None:
    with pytest.raises(TicketError):
        complete(protected.app.code(), shown)


def test_an_expired_ticket_is_refused(
    protected: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ticket()
    monkeypatch.setattr("nexus.apps.users.services.login.TICKET_S", -1)
    with pytest.raises(TicketError):
        complete(protected.app.code(), shown)


def test_a_ticket_is_void_once_the_password_has_changed(protected: Protected) -> None:
    shown = ticket()
    services.change_password(
        by=protected.user, current=PASSWORD, password="another staple", address=ADDRESS
    )
    with pytest.raises(TicketError):
        complete(protected.app.code(), shown)


def test_a_ticket_of_a_deactivated_account_is_void(protected: Protected) -> None:
    shown = ticket()
    User.objects.update(is_active=False)
    with pytest.raises(TicketError):
        complete(protected.app.code(), shown)


def test_guesses_are_counted_for_the_account(protected: Protected) -> None:
    shown = ticket()
    for guess in range(5):
        with pytest.raises(SecondFactorError):
            services.complete_log_in(ticket=shown, code="000000", address=f"192.0.2.{guess}")
    with pytest.raises(ThrottledError):
        complete(protected.app.code(), shown)


def test_guesses_wait_where_they_cannot_be_counted(
    protected: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ticket()

    def away(*_asked: object) -> None:
        raise StoreUnavailableError

    monkeypatch.setattr(attempts, "take", away)
    with pytest.raises(StoreUnavailableError):
        complete(protected.app.code(), shown)


# Set-up.


def test_a_setup_shows_one_secret_in_three_forms(ada: User) -> None:
    made = services.start_second_factor(by=ada)

    assert made.uri == f"otpauth://totp/ada%40example.org?secret={made.secret}&issuer=Nexus"
    assert made.qr_svg.startswith("<svg ")
    assert services.resume_second_factor(by=ada, setup=made.setup) == made
    assert made.secret not in made.setup
    assert not queries.get_second_factor(ada).is_on


def test_a_setup_is_of_one_person(ada: User, clock: Clock) -> None:
    made = services.start_second_factor(by=User.objects.create_user("bob@example.org"))
    code = App(made.secret, clock).code()
    with pytest.raises(SetupError):
        services.turn_on_second_factor(
            by=ada, setup=made.setup, code=code, password=PASSWORD, address=ADDRESS
        )
    with pytest.raises(SetupError):
        services.resume_second_factor(by=ada, setup="made up")


@pytest.mark.parametrize(
    ("password", "code", "error"),
    [("wrong", "", PasswordWrongError), (PASSWORD, "000000", SecondFactorError)],
)
def test_turning_it_on_needs_the_password_and_a_code(
    ada: User, clock: Clock, password: str, code: str, error: type[NexusError]
) -> None:
    made = services.start_second_factor(by=ada)
    code = code or App(made.secret, clock).code()
    with pytest.raises(error):
        services.turn_on_second_factor(
            by=ada, setup=made.setup, code=code, password=password, address=ADDRESS
        )
    assert not queries.get_second_factor(ada).is_on


def test_there_is_one_second_factor(protected: Protected) -> None:
    with pytest.raises(SecondFactorOnError):
        services.start_second_factor(by=protected.user)


def test_turning_it_off_needs_password_and_code(protected: Protected) -> None:
    ada, app = protected.user, protected.app
    with pytest.raises(PasswordWrongError):
        services.turn_off_second_factor(by=ada, password="wrong", code=app.code(), address=ADDRESS)
    with pytest.raises(SecondFactorError):
        services.turn_off_second_factor(by=ada, password=PASSWORD, code="000000", address=ADDRESS)
    assert queries.get_second_factor(ada).is_on
    with mails_sent():
        services.turn_off_second_factor(by=ada, password=PASSWORD, code=app.code(), address=ADDRESS)

    assert mailed() == [(EMAIL, "The second factor of your Nexus account was turned off")]
    assert services.log_in(email=EMAIL, password=PASSWORD, address=ADDRESS)
    with pytest.raises(SecondFactorOffError):
        services.renew_recovery_codes(by=ada, password=PASSWORD, code=app.code(), address=ADDRESS)


def test_a_reset_leaves_the_second_factor(protected: Protected) -> None:
    ada = protected.user
    ada.set_password("another staple")
    ada.save()

    assert complete(protected.app.code(), ticket("another staple"))


def test_a_deleted_account_leaves_no_secret(protected: Protected) -> None:
    services.delete_account(by=protected.user, password=PASSWORD, address=ADDRESS)

    assert not Authenticator.objects.exists()


# Recovery codes.


def test_each_recovery_code_works_once(protected: Protected) -> None:
    assert len(set(protected.codes)) == 10
    assert complete(protected.codes[3])
    with pytest.raises(SecondFactorError):
        complete(protected.codes[3])
    assert queries.get_second_factor(protected.user).recovery_codes_left == 9
    assert complete(protected.codes[4])


def test_new_recovery_codes_end_the_earlier_ones(protected: Protected) -> None:
    made = services.renew_recovery_codes(
        by=protected.user, password=PASSWORD, code=protected.app.code(), address=ADDRESS
    )

    assert not set(made) & set(protected.codes)
    with pytest.raises(SecondFactorError):
        complete(protected.codes[0])
    assert complete(made[0])


def race(work: Callable[[], object]) -> list[object]:
    """Do the same twenty times concurrently, and return the results that are not None."""
    together = threading.Barrier(CLIENTS)

    def attempt(_number: int) -> object:
        connection.ensure_connection()
        together.wait()
        try:
            return work()
        except SecondFactorError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [found for found in pool.map(attempt, range(CLIENTS)) if found is not None]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("kind", ["recovery code", "code of the app"])
def test_of_twenty_parallel_uses_of_one_code_one_is_accepted(
    kind: str, ada: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = Limit(1_000, 1)
    unlimited = attempts.Attempts("race", loose, loose, must_count=True)
    for module in ("login", "second_factors"):
        monkeypatch.setattr(f"nexus.apps.users.services.{module}.SECOND_FACTOR", unlimited)
    protected = protect(ada, clock)
    shown = ticket()
    for number in range(5):
        code = protected.codes[number] if kind == "recovery code" else protected.app.code()
        assert len(race(lambda code=code: complete(code, shown))) == 1  # type: ignore[misc]  # a default binds the loop's value
        clock.period += 1


# Secrets at rest.


def test_secrets_are_encrypted_with_keys_that_change(
    protected: Protected, settings: Settings
) -> None:
    stored = json.dumps([row.data for row in Authenticator.objects.all()])
    for secret in (protected.app.secret, *protected.codes):
        assert secret not in stored
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert complete(protected.app.code())
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(UndecipherableError):
        queries.get_second_factor(protected.user)
