"""Reads of accounts and their permissions."""

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import jwt
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import OKPAlgorithm

from nexus.apps.users import second_factor
from nexus.apps.users.errors import AccessTokenError, AccessTokenExpiredError
from nexus.apps.users.models import Role, SigningKey, TokenFamily, User, UserQuerySet
from nexus.apps.users.permissions import Permission
from nexus.apps.users.privacy_registry import export_all
from nexus.core.audit.models import Entry

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor

__all__ = [
    "AUDIENCE",
    "ISSUER",
    "Access",
    "SecondFactor",
    "export_account",
    "get_access",
    "get_second_factor",
    "get_user_of_access_token",
    "has_permission",
    "list_public_keys",
    "may",
    "with_email",
]

ISSUER, AUDIENCE = "nexus", "nexus-api"
KID = re.compile(r"[0-9a-f]{16}")
KEY_CACHE_S = 60
"""How long a process caches a public key before it checks whether the key was deleted."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Whether log-ins require a code, and how many recovery codes are left."""

    is_on: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Access:
    """The ways to log in to an account."""

    has_password: bool
    second_factor: SecondFactor
    providers: tuple[str, ...]


def has_permission(user: "Actor | None", permission: Permission) -> bool:
    """Return whether one of the user's roles has `permission`; False for anonymous users."""
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    if user.is_superuser:
        return True
    return Role.objects.filter(users=user.pk, permissions__contains=[permission]).exists()


def may(user: "Actor | None", permission: Permission, *, owner_id: int | None) -> bool:
    """Return whether `user` is the owner of an object or has `permission`."""
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    return user.pk == owner_id or has_permission(user, permission)


def with_email(email: str) -> UserQuerySet:
    """Return the user with exactly this address, ignoring case, as a query set of at most one."""
    users: UserQuerySet = User.objects.with_email(email)
    return users


def get_user_of_access_token(token: str) -> User:
    """Return the active user of an access token.

    The log-in that the token descends from is read together with the user, so that a log-out or a
    password change takes effect at once. Raises `AccessTokenError`, and `AccessTokenExpiredError`
    if the token has expired.
    """
    try:
        claims = jwt.decode(
            token,
            _public_key(jwt.get_unverified_header(token).get("kid")),
            algorithms=["EdDSA"],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp", "iat", "sub", "sid"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise AccessTokenExpiredError from error
    except jwt.PyJWTError as error:
        raise AccessTokenError from error
    family = TokenFamily.objects.living().select_related("user").filter(pk=claims["sid"]).first()
    if family is None:
        raise AccessTokenError
    return family.user


def list_public_keys() -> list[dict[str, Any]]:
    """Return the keys that verify access tokens, as in a JSON Web Key Set (RFC 8037)."""
    return [
        {
            **OKPAlgorithm.to_jwk(_ed25519(key), as_dict=True),
            "kid": key.kid,
            "alg": key.algorithm,
            "use": "sig",
        }
        for key in SigningKey.objects.verifying().order_by("-created_at")
    ]


def export_account(user: User) -> dict[str, Any]:
    """Return all data stored about a person, as JSON values; secrets are left out."""
    return {
        "email": user.email,
        "email_verified_at": user.email_verified_at,
        "pending_email": user.pending_email,
        "name": user.name,
        "roles": [role.slug for role in user.roles.all()],
        "joined_at": user.joined_at,
        "last_login": user.last_login,
        "second_factor": second_factor.is_on(user),
        "providers": list(
            SocialAccount.objects.filter(user_id=user.pk)
            .order_by("date_joined")
            .values("provider", "uid", "date_joined", "last_login")
        ),
        "log_ins": list(
            user.token_families.order_by("created_at").values(
                "created_at", "expires_at", "revoked_at"
            )
        ),
        "actions": list(
            Entry.objects.filter(actor=user.pk).order_by("pk").values("at", "action", "kind", "key")
        ),
        "kept": export_all(user),
    }


def get_second_factor(user: User) -> SecondFactor:
    """Return the state of the second factor of `user`."""
    return SecondFactor(second_factor.is_on(user), len(second_factor.recovery_codes(user)))


def get_access(user: User) -> Access:
    """Return the ways to log in to the account of `user`."""
    linked = SocialAccount.objects.filter(user_id=user.pk).order_by("provider")
    return Access(
        user.has_usable_password(),
        get_second_factor(user),
        tuple(linked.values_list("provider", flat=True)),
    )


def _ed25519(key: SigningKey) -> Ed25519PublicKey:
    return cast("Ed25519PublicKey", load_pem_public_key(key.public_pem.encode()))


def _public_key(kid: object) -> Ed25519PublicKey:
    """Return the public key with this id. Raises `AccessTokenError` if there is none."""
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        raise AccessTokenError
    return _read_public_key(kid, int(time.monotonic() // KEY_CACHE_S))


@lru_cache(maxsize=16)
def _read_public_key(kid: str, _period: int) -> Ed25519PublicKey:
    # Exceptions are not cached: a key that another process has just created is found.
    key = SigningKey.objects.verifying().filter(kid=kid).first()
    if key is None:
        raise AccessTokenError
    return _ed25519(key)
