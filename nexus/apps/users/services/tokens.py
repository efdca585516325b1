"""Tokens for programs: a short-lived access token, and a refresh token that works once."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import jwt
import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from nexus.apps.users.attempts import LOG_OUT, REFRESH, count_attempt
from nexus.apps.users.errors import RefreshTokenError
from nexus.apps.users.models import ACCESS_LIFETIME, RefreshToken, TokenFamily, User
from nexus.apps.users.queries import AUDIENCE, ISSUER
from nexus.apps.users.services.keys import current_key, delete_spent_keys, private_pem
from nexus.apps.users.services.login import complete_log_in, log_in_with_password
from nexus.core.audit.services import record, record_each
from nexus.core.security.encryption import digest

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = [
    "Tokens",
    "begin_log_in",
    "delete_spent_tokens",
    "end_all_log_ins",
    "end_log_ins",
    "log_in",
    "log_in_with_second_factor",
    "log_out",
    "refresh_tokens",
]

LOGIN_LIFETIME = timedelta(days=30)
"""How long a log-in lasts, no matter how often its tokens are refreshed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a program's log-in; the access token is valid for `expires_in` seconds."""

    access: str
    refresh: str
    family: UUID
    expires_in: int = int(ACCESS_LIFETIME.total_seconds())
    token_type: str = "Bearer"  # noqa: S105 -- a word of RFC 6750, not a secret


def log_in(*, email: str, password: str, address: str) -> Tokens:
    """Log in and return the first tokens. Raises what `log_in_with_password` raises."""
    return begin_log_in(log_in_with_password(email=email, password=password, address=address))


def log_in_with_second_factor(*, ticket: str, code: str, address: str) -> Tokens:
    """Complete a log-in with a code and return its first tokens.

    Raises what `complete_log_in` raises.
    """
    return begin_log_in(complete_log_in(ticket=ticket, code=code, address=address))


def refresh_tokens(*, token: str, address: str) -> Tokens:
    """Exchange a refresh token for new tokens, once.

    Of several concurrent requests with one token, one gets new tokens: the update itself claims
    the row. A token presented again was copied, and nobody can tell the thief from the owner, so
    the whole log-in is revoked (RFC 9700, 4.14.2). Raises `RefreshTokenError`, and
    `ThrottledError`, which leaves the token unused.
    """
    count_attempt(REFRESH, address=address)
    presented = RefreshToken.objects.filter(token_sha256=digest(token))
    with transaction.atomic():
        # The condition on `used_at` is on the updated row itself, where PostgreSQL checks it again
        # after waiting for another writer; see `redeem_login_link`.
        living = TokenFamily.objects.living()
        if presented.filter(used_at=None, family__in=living).update(used_at=Now()):
            return _issue(presented.select_related("family").get().family)
    # A separate transaction, which the exception raised below must not roll back.
    with transaction.atomic():
        _end_reused(presented)
    raise RefreshTokenError


def _end_reused(presented: "QuerySet[RefreshToken]") -> None:
    reused = presented.filter(used_at__isnull=False).select_related("family__user").first()
    if reused is None:
        return
    family = reused.family
    living = TokenFamily.objects.filter(pk=family.pk, revoked_at=None)
    if living.update(revoked_at=Now()):
        log.warning("refresh_token_reused", family=str(family.pk))
        record("log_in.ended_by_reuse", by=None, of=family.user)


@transaction.atomic
def log_out(*, token: str, address: str) -> None:
    """End the log-in that a refresh token belongs to; an unknown token is ignored.

    Raises `ThrottledError`.
    """
    count_attempt(LOG_OUT, address=address)
    families = RefreshToken.objects.filter(token_sha256=digest(token)).values("family")
    TokenFamily.objects.filter(pk__in=families, revoked_at=None).update(revoked_at=Now())


def end_log_ins(user: User) -> None:
    """End every log-in of a user, inside the caller's transaction."""
    TokenFamily.objects.filter(user=user, revoked_at=None).update(revoked_at=Now())


@transaction.atomic
def end_all_log_ins() -> int:
    """End every log-in of every user, such as after a theft of `SECRET_KEY`. Returns how many."""
    living = TokenFamily.objects.living()
    users = list(User.objects.filter(pk__in=living.values("user")))
    record_each("log_in.ended_for_all", by=None, of=[(user, {}) for user in users])
    return living.update(revoked_at=Now())


@transaction.atomic
def delete_spent_tokens() -> int:
    """Delete expired log-ins with their tokens, and unused keys. Returns how many.

    Revoked log-ins stay until they expire, so that reuse of their tokens is still detected.
    """
    return TokenFamily.objects.filter(expires_at__lte=Now()).delete()[0] + delete_spent_keys()


@transaction.atomic
def begin_log_in(user: User) -> Tokens:
    """Return the first tokens of a log-in of `user`, who is authenticated already."""
    User.objects.filter(pk=user.pk).update(last_login=Now())
    expires_at = timezone.now() + LOGIN_LIFETIME
    return _issue(TokenFamily.objects.create(user=user, expires_at=expires_at))


def _issue(family: TokenFamily) -> Tokens:
    refresh = secrets.token_urlsafe(32)
    RefreshToken.objects.create(family=family, token_sha256=digest(refresh))
    key, now = current_key(), timezone.now()
    access = jwt.encode(
        {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(family.user_id),
            "sid": str(family.pk),
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + ACCESS_LIFETIME,
        },
        private_pem(key),
        algorithm=key.algorithm,
        headers={"kid": key.kid, "typ": "at+jwt"},
    )
    return Tokens(access=access, refresh=refresh, family=family.pk)
