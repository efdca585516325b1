"""Programs that log a person in through the browser: a one-time code for tokens (RFC 8252)."""

import base64
import hashlib
import re
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from nexus.apps.users.attempts import TOKEN, count_attempt
from nexus.apps.users.errors import AuthorizationCodeError, RedirectRefusedError
from nexus.apps.users.models import AuthorizationCode, TokenFamily, User
from nexus.apps.users.services.login import active_users
from nexus.apps.users.services.tokens import Tokens, begin_log_in
from nexus.core.security.encryption import digest

__all__ = [
    "check_redirect",
    "delete_spent_codes",
    "exchange_code",
    "issue_code",
]

CODE_LIFETIME = timedelta(minutes=2)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MAX_URI_LENGTH = 500


def check_redirect(redirect_uri: str, *, challenge: str) -> None:
    """Check that a code may be sent to `redirect_uri`.

    A program on the person's own machine may use any port of the loopback interface (RFC 8252,
    7.3); any other address must be listed in `NEXUS_CLIENT_REDIRECTS` and match exactly. The
    challenge must be an S256 one. Raises `RedirectRefusedError`.
    """
    try:
        parts = urlsplit(redirect_uri)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port is not None
    except ValueError as error:
        raise RedirectRefusedError from error
    plain = redirect_uri.isprintable() and not (parts.fragment or parts.username or parts.password)
    allowed = local or redirect_uri in settings.CLIENT_REDIRECTS
    is_well_formed = len(redirect_uri) <= MAX_URI_LENGTH and CHALLENGE.fullmatch(challenge)
    if not (plain and allowed and is_well_formed):
        raise RedirectRefusedError


@transaction.atomic
def issue_code(*, by: User, redirect_uri: str, challenge: str) -> str:
    """Return a code for the program at `redirect_uri`. Raises `RedirectRefusedError`."""
    check_redirect(redirect_uri, challenge=challenge)
    code = secrets.token_urlsafe(32)
    AuthorizationCode.objects.create(
        user=by,
        code_sha256=digest(code),
        redirect_uri=redirect_uri,
        challenge=challenge,
        expires_at=Now() + CODE_LIFETIME,
    )
    return code


def exchange_code(*, code: str, code_verifier: str, redirect_uri: str, address: str) -> Tokens:
    """Return the first tokens of a log-in for a code, once.

    Of several concurrent requests with one code, one gets tokens: the update itself claims the
    row. Presenting a code again means that it was copied, so the log-in that it started is revoked
    (RFC 6749, 4.1.2). Raises `AuthorizationCodeError` and `ThrottledError`.
    """
    count_attempt(TOKEN, address=address)
    presented = AuthorizationCode.objects.filter(code_sha256=digest(code))
    with transaction.atomic():
        active = active_users()
        claimed = presented.filter(used_at=None, expires_at__gt=Now(), user__in=active).update(
            used_at=Now()
        )
        # A wrong verifier uses the code up too, so that it cannot be guessed.
        if claimed and _matches(row := presented.get(), code_verifier, redirect_uri):
            tokens = begin_log_in(row.user)
            presented.update(family=tokens.family)
            return tokens
    # A separate transaction, which the exception raised below must not roll back.
    reused = presented.values("family")
    TokenFamily.objects.filter(pk__in=reused, revoked_at=None).update(revoked_at=Now())
    raise AuthorizationCodeError


@transaction.atomic
def delete_spent_codes() -> int:
    """Delete codes that have expired. Returns how many."""
    return AuthorizationCode.objects.filter(expires_at__lte=Now()).delete()[0]


def _matches(code: AuthorizationCode, verifier: str, redirect_uri: str) -> bool:
    hashed = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
    same = constant_time_compare(challenge, code.challenge)
    return same and redirect_uri == code.redirect_uri
