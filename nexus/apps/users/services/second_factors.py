"""The second factor of an account: set up, renewed, turned off."""

from dataclasses import dataclass

from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.core import signing
from django.db import transaction

from nexus.apps.users import second_factor
from nexus.apps.users.attempts import SECOND_FACTOR, count_attempt
from nexus.apps.users.errors import SecondFactorOffError, SecondFactorOnError, SetupError
from nexus.apps.users.events import MAIL_WANTED, Mail
from nexus.apps.users.models import User
from nexus.apps.users.services.login import verify_password
from nexus.core.audit.services import record
from nexus.core.outbox.services import publish
from nexus.core.security.encryption import UndecipherableError, decrypt, encrypt

__all__ = [
    "Setup",
    "renew_recovery_codes",
    "resume_second_factor",
    "start_second_factor",
    "turn_off_second_factor",
    "turn_on_second_factor",
]

SALT = "nexus.users.setup"
PURPOSE = "second factor set-ups"
SETUP_S = 1800


@dataclass(frozen=True, slots=True)
class Setup:
    """What an app needs to make codes; `setup` holds the same, sealed, and comes back with one."""

    setup: str
    secret: str
    uri: str
    qr_svg: str


def start_second_factor(*, by: User) -> Setup:
    """Make a secret for the app of `by`; nothing is stored. Raises `SecondFactorOnError`."""
    if second_factor.is_on(by):
        raise SecondFactorOnError
    secret = generate_totp_secret()
    sealed = encrypt(secret, purpose=PURPOSE)
    return _shown(by, secret, signing.dumps((by.pk, sealed), salt=SALT))


def resume_second_factor(*, by: User, setup: str) -> Setup:
    """Show a set-up again that was begun. Raises `SetupError`."""
    return _shown(by, _opened(by, setup), setup)


@transaction.atomic
def turn_on_second_factor(
    *, by: User, setup: str, code: str, password: str, address: str
) -> list[str]:
    """Ask for a code at every log-in from now on, and give the recovery codes, the only time.

    Raises `PasswordWrongError`, `SetupError`, `SecondFactorError`, `SecondFactorOnError` and
    `ThrottledError`.
    """
    user = verify_password(by, password, address)
    if second_factor.is_on(user):
        raise SecondFactorOnError
    codes = second_factor.add(user, secret=_opened(user, setup), code=code)
    record("second_factor.turned_on", by=user, of=user)
    publish(MAIL_WANTED, kind=Mail.SECOND_FACTOR_ON.value, user_id=user.pk)
    return codes


@transaction.atomic
def renew_recovery_codes(*, by: User, code: str, password: str, address: str) -> list[str]:
    """Make new recovery codes and give them, the only time.

    Raises what `turn_off_second_factor` raises.
    """
    user = _proven_twice(by, code, password, address)
    record("second_factor.codes_renewed", by=user, of=user)
    return second_factor.renew_recovery_codes(user)


@transaction.atomic
def turn_off_second_factor(*, by: User, code: str, password: str, address: str) -> None:
    """Let the password alone open the account again.

    Raises `PasswordWrongError`, `SecondFactorError`, `SecondFactorOffError`, `ThrottledError`, and
    `StoreAwayError` while guesses cannot be counted.
    """
    user = _proven_twice(by, code, password, address)
    second_factor.forget(user)
    record("second_factor.turned_off", by=user, of=user)
    publish(MAIL_WANTED, kind=Mail.SECOND_FACTOR_OFF.value, user_id=user.pk)


def _proven_twice(by: User, code: str, password: str, address: str) -> User:
    user = verify_password(by, password, address)
    if not second_factor.is_on(user):
        raise SecondFactorOffError
    count_attempt(SECOND_FACTOR, address=address, account=user.email)
    second_factor.spend(user, code)
    return user


def _opened(by: User, setup: str) -> str:
    try:
        pk, sealed = signing.loads(setup, salt=SALT, max_age=SETUP_S)
        secret = decrypt(sealed, purpose=PURPOSE)
    except (signing.BadSignature, UndecipherableError) as error:
        raise SetupError from error
    if pk != by.pk:
        raise SetupError
    return secret


def _shown(by: User, secret: str, setup: str) -> Setup:
    adapter = second_factor.Adapter()
    uri = adapter.build_totp_url(by, secret)
    # Without the declaration it can stand in a page.
    svg = adapter.build_totp_svg(uri).partition("?>")[2].strip()
    return Setup(setup=setup, secret=secret, uri=uri, qr_svg=svg)
