"""The second factor of an account: set up, renew, turn off."""

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
    """What an app needs to generate codes; `setup` is the same, sealed, to be sent back."""

    setup: str
    secret: str
    uri: str
    qr_svg: str


def start_second_factor(*, by: User) -> Setup:
    """Create a secret for the app of `by`; nothing is stored. Raises `SecondFactorOnError`."""
    if second_factor.is_on(by):
        raise SecondFactorOnError
    secret = generate_totp_secret()
    sealed = encrypt(secret, purpose=PURPOSE)
    return _as_setup(by, secret, signing.dumps((by.pk, sealed), salt=SALT))


def resume_second_factor(*, by: User, setup: str) -> Setup:
    """Return a set-up that was started before. Raises `SetupError`."""
    return _as_setup(by, _secret_of(by, setup), setup)


@transaction.atomic
def turn_on_second_factor(
    *, by: User, setup: str, code: str, password: str, address: str
) -> list[str]:
    """Require a code at every log-in from now on, and return the recovery codes, only this once.

    Raises `PasswordWrongError`, `SetupError`, `SecondFactorError`, `SecondFactorOnError` and
    `ThrottledError`.
    """
    user = verify_password(by, password, address)
    if second_factor.is_on(user):
        raise SecondFactorOnError
    codes = second_factor.add(user, secret=_secret_of(user, setup), code=code)
    record("second_factor.turned_on", by=user, of=user)
    publish(MAIL_WANTED, kind=Mail.SECOND_FACTOR_ON.value, user_id=user.pk)
    return codes


@transaction.atomic
def renew_recovery_codes(*, by: User, code: str, password: str, address: str) -> list[str]:
    """Create new recovery codes and return them, only this once.

    Raises what `turn_off_second_factor` raises.
    """
    user = _verify_both_factors(by, code, password, address)
    record("second_factor.codes_renewed", by=user, of=user)
    return second_factor.renew_recovery_codes(user)


@transaction.atomic
def turn_off_second_factor(*, by: User, code: str, password: str, address: str) -> None:
    """Turn the second factor off: the password alone logs in again.

    Raises `PasswordWrongError`, `SecondFactorError`, `SecondFactorOffError`, `ThrottledError`, and
    `StoreUnavailableError` if attempts cannot be counted.
    """
    user = _verify_both_factors(by, code, password, address)
    second_factor.forget(user)
    record("second_factor.turned_off", by=user, of=user)
    publish(MAIL_WANTED, kind=Mail.SECOND_FACTOR_OFF.value, user_id=user.pk)


def _verify_both_factors(by: User, code: str, password: str, address: str) -> User:
    user = verify_password(by, password, address)
    if not second_factor.is_on(user):
        raise SecondFactorOffError
    count_attempt(SECOND_FACTOR, address=address, account=user.email)
    second_factor.spend(user, code)
    return user


def _secret_of(by: User, setup: str) -> str:
    try:
        pk, sealed = signing.loads(setup, salt=SALT, max_age=SETUP_S)
        secret = decrypt(sealed, purpose=PURPOSE)
    except (signing.BadSignature, UndecipherableError) as error:
        raise SetupError from error
    if pk != by.pk:
        raise SetupError
    return secret


def _as_setup(by: User, secret: str, setup: str) -> Setup:
    adapter = second_factor.Adapter()
    uri = adapter.build_totp_url(by, secret)
    # Without the XML declaration it can be embedded in a page.
    svg = adapter.build_totp_svg(uri).partition("?>")[2].strip()
    return Setup(setup=setup, secret=secret, uri=uri, qr_svg=svg)
