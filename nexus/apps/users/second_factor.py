"""Storage and verification of second factors, with allauth's tables and algorithms.

The secrets are encrypted with a key of this installation. A caller that checks a code must hold the
lock on the user's row, so that codes of one account are checked one at a time and each works once.
"""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt as open_secret

from nexus.apps.users.errors import SecondFactorError
from nexus.apps.users.models import User
from nexus.core.security.encryption import decrypt, encrypt

__all__ = ["Adapter", "add", "forget", "is_on", "recovery_codes", "renew_recovery_codes", "spend"]

PURPOSE = "second factors"
STEP = "last_step"
"""The key under which the time step of the last used code is stored."""

Type = Authenticator.Type


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Encrypts what allauth stores."""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret."""
        return encrypt(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret. Raises `UndecipherableError`."""
        return decrypt(encrypted_text, purpose=PURPOSE)


def is_on(user: User) -> bool:
    """Return whether a log-in of `user` requires a code."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Type.TOTP).exists())


def add(user: User, *, secret: str, code: str) -> list[str]:
    """Turn the second factor on and return the recovery codes. Raises `SecondFactorError`."""
    step = _step(secret, code, after=0)
    totp = TOTP.activate(user, secret).instance
    totp.data[STEP] = step
    totp.save(update_fields=["data"])
    return renew_recovery_codes(user)


def spend(user: User, code: str) -> None:
    """Use up a code of the app or a recovery code. Raises `SecondFactorError`."""
    # All of `data` is written back, so nobody else may re-encrypt its secret in the meantime.
    rows = Authenticator.objects.filter(user_id=user.pk).order_by("pk").select_for_update()
    by_type = {row.type: row for row in rows}
    recovery = by_type.get(Type.RECOVERY_CODES)
    if recovery and RecoveryCodes(recovery).validate_code(code):
        recovery.record_usage()
        return
    if (totp := by_type.get(Type.TOTP)) is None:
        raise SecondFactorError
    secret = open_secret(totp.data["secret"])
    totp.data[STEP] = _step(secret, code, after=totp.data.get(STEP, 0))
    totp.save(update_fields=["data"])
    totp.record_usage()


def recovery_codes(user: User) -> list[str]:
    """Return the unused recovery codes."""
    row = Authenticator.objects.filter(user_id=user.pk, type=Type.RECOVERY_CODES).first()
    return list(RecoveryCodes(row).get_unused_codes()) if row else []


def renew_recovery_codes(user: User) -> list[str]:
    """Create new recovery codes; the earlier ones stop working."""
    Authenticator.objects.filter(user_id=user.pk, type=Type.RECOVERY_CODES).delete()
    return list(RecoveryCodes.activate(user).generate_codes())


def forget(user: User) -> None:
    """Delete the user's second factor."""
    Authenticator.objects.filter(user_id=user.pk).delete()


def _step(secret: str, code: str, *, after: int) -> int:
    """Return the time step of a code; it must be later than `after` (RFC 6238, 5.2)."""
    for step in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, step))
        if step > after and compare_user_code(actual=code, expected=expected):
            return int(step)
    raise SecondFactorError
