"""Programs that log a person in through the browser: a code, once, for tokens (RFC 8252)."""

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
    """Refuse to send a person's code where its owner may not be.

    A program on the person's own machine listens on any port of the loopback interface (RFC 8252,
    7.3); another address must be listed in `NEXUS_CLIENT_REDIRECTS`, and fit it exactly. The
    challenge is that of S256 and no other. Raises `RedirectRefusedError`.
    """
    try:
        parts = urlsplit(redirect_uri)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port is not None
    except ValueError as error:
        raise RedirectRefusedError from error
    plain = redirect_uri.isprintable() and not (parts.fragment or parts.username or parts.password)
    allowed = local or redirect_uri in settings.CLIENT_REDIRECTS
    fits = len(redirect_uri) <= MAX_URI_LENGTH and CHALLENGE.fullmatch(challenge)
    if not (plain and allowed and fits):
        raise RedirectRefusedError


@transaction.atomic
def issue_code(*, by: User, redirect_uri: str, challenge: str) -> str:
    """Return a code for the program behind `redirect_uri`. Raises `RedirectRefusedError`."""
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

    Of several who present one code at the same moment one gets tokens: the row is claimed by the
    update itself. Whoever presents it again has a copy, and the log-in that came of it ends (RFC
    6749, 4.1.2). Raises `AuthorizationCodeError` and `ThrottledError`.
    """
    count_attempt(TOKEN, address=address)
    presented = AuthorizationCode.objects.filter(code_sha256=digest(code))
    with transaction.atomic():
        active = active_users()
        claimed = presented.filter(used_at=None, expires_at__gt=Now(), user__in=active).update(
            used_at=Now()
        )
        # A code that is shown with another secret is used up, too: it is not for guessing.
        if claimed and _fits(found := presented.get(), code_verifier, redirect_uri):
            tokens = begin_log_in(found.user)
            presented.update(family=tokens.family)
            return tokens
    # A transaction of its own: what is raised below must not undo it.
    reused = presented.values("family")
    TokenFamily.objects.filter(pk__in=reused, revoked_at=None).update(revoked_at=Now())
    raise AuthorizationCodeError


@transaction.atomic
def delete_spent_codes() -> int:
    """Delete codes that are too old to be exchanged; gives how many."""
    return AuthorizationCode.objects.filter(expires_at__lte=Now()).delete()[0]


def _fits(found: AuthorizationCode, verifier: str, redirect_uri: str) -> bool:
    hashed = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
    same = constant_time_compare(challenge, found.challenge)
    return same and redirect_uri == found.redirect_uri
