"""People, their roles, and what signs them in: one-time links, and tokens for programs."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.db.models.lookups import Exact
from django.utils import timezone

__all__ = [
    "ACCESS_LIFETIME",
    "DELETED",
    "AuthorizationCode",
    "LoginLink",
    "RefreshToken",
    "Role",
    "SigningKey",
    "TokenFamily",
    "User",
    "UserQuerySet",
]

ACCESS_LIFETIME = timedelta(minutes=10)
"""How long an access token is valid; the public half of its key is kept as long."""


DELETED = "@deleted.invalid"
"""The suffix of a deleted account's address."""


class Role(models.Model):
    """A named set of permissions; the permissions are defined in code, the roles are data."""

    slug = models.SlugField(max_length=40, unique=True)
    permissions = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.slug


class UserQuerySet(models.QuerySet["User"]):
    """Users by their e-mail address."""

    def with_email(self, email: str) -> Self:
        """Filter by address, ignoring case, using the index of the unique constraint."""
        return self.filter(Exact(Lower("email"), Lower(models.Value(email))))


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Creates users; email addresses are compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create and save a user; without a password, only a link or a provider signs them in.

        The caller guarantees that the address is the user's; `sign_up` has it verified instead.
        """
        fields.setdefault("email_verified_at", timezone.now())
        user: User = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user with all permissions, for `manage.py createsuperuser`."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with an email address, ignoring case."""
        user: User = self.with_email(username or "").get()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account, identified by an email address."""

    email = models.EmailField(max_length=254)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    # The address that this account gets once the link sent to it has been followed.
    pending_email = models.EmailField(max_length=254, blank=True)
    name = models.CharField(max_length=120, blank=True)
    roles = models.ManyToManyField(Role, related_name="users", blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(db_default=Now())

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="users_user_email_unique"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_deleted(self) -> bool:
        """Whether its owner has deleted this account."""
        return self.email.endswith(DELETED)


class LoginLinkQuerySet(models.QuerySet["LoginLink"]):
    """Login links by whether they can still be used."""

    def usable(self) -> Self:
        """Filter the links that are unused and not expired by the database's clock."""
        return self.filter(used_at=None, expires_at__gt=Now())


class LoginLink(models.Model):
    """A link that signs one person in once. Only the digest of its token is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = LoginLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"link for {self.user_id} until {self.expires_at:%Y-%m-%d %H:%M}"


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    """Signing keys by whether they are still in use."""

    def verifying(self) -> Self:
        """Filter the current key and the retired keys whose tokens have not all expired."""
        since = Now() - ACCESS_LIFETIME
        return self.filter(models.Q(retired_at=None) | models.Q(retired_at__gt=since))


class SigningKey(models.Model):
    """A key pair for access tokens; the private half is stored encrypted."""

    kid = models.CharField(max_length=16, unique=True)
    algorithm = models.CharField(max_length=10, default="EdDSA")
    private_pem = models.TextField()
    public_pem = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["algorithm"],
                condition=models.Q(retired_at=None),
                name="users_signingkey_one_current",
            ),
        ]

    def __str__(self) -> str:
        return self.kid


class TokenFamilyQuerySet(models.QuerySet["TokenFamily"]):
    """Log-ins by whether they are still valid."""

    def living(self) -> Self:
        """Filter the log-ins of active users that are neither revoked nor expired."""
        return self.filter(revoked_at=None, expires_at__gt=Now(), user__is_active=True)


class TokenFamily(models.Model):
    """One log-in of a program: all tokens that descend from it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenFamilyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"log-in {self.pk} of {self.user_id}"


class RefreshToken(models.Model):
    """A token that can be exchanged for new ones once. Only its digest is stored."""

    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="refresh_tokens")
    token_sha256 = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"refresh token of {self.family_id}"


class AuthorizationCode(models.Model):
    """A code that a browser passes to a program to exchange for tokens once (RFC 6749, 4.1)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="authorization_codes")
    code_sha256 = models.CharField(max_length=64, unique=True)
    redirect_uri = models.CharField(max_length=500)
    # The digest of a secret that only the program knows (RFC 7636).
    challenge = models.CharField(max_length=43)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    # The resulting log-in, which is revoked if the code is presented a second time.
    family = models.ForeignKey(TokenFamily, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"code for {self.user_id} until {self.expires_at:%Y-%m-%d %H:%M}"
