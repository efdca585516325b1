"""The account of the owner of this machine, and one-time links that sign in."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from nexus.apps.users.errors import LoginLinkError
from nexus.apps.users.models import LoginLink, Role, User
from nexus.core.security.encryption import digest

__all__ = ["delete_spent_login_links", "ensure_owner", "issue_login_link", "redeem_login_link"]

OWNER_EMAIL = "owner@localhost"
LINK_LIFETIME = timedelta(hours=12)


@transaction.atomic
def ensure_owner() -> User:
    """Return the account of the owner of this machine; the first call creates it."""
    owner: User | None = User.objects.with_email(OWNER_EMAIL).first()
    if owner is None:
        owner = User.objects.create_user(OWNER_EMAIL, name="Owner", is_staff=True)
        owner.roles.add(Role.objects.get(slug="admin"))
    return owner


@transaction.atomic
def issue_login_link(*, user: User) -> str:
    """Create a one-time link for `user` and return its token; earlier unused links stop working."""
    LoginLink.objects.filter(user=user, used_at=None).delete()
    token = secrets.token_urlsafe(32)
    LoginLink.objects.create(
        user=user,
        token_sha256=digest(token),
        expires_at=Now() + LINK_LIFETIME,
    )
    return token


@transaction.atomic
def redeem_login_link(*, token: str) -> User:
    """Use up a link's token and return the user it signs in.

    Of several concurrent requests with one token, one succeeds: the update itself claims the row.
    Raises `LoginLinkError` if the token is unknown, used or expired.
    """
    link = LoginLink.objects.filter(token_sha256=digest(token))
    # The conditions are on the updated row itself, where PostgreSQL checks them again after
    # waiting for another writer. A filter across the join to the user would move them into a
    # subquery, which is not checked again: in a test, two of eight requests then succeeded.
    active = User.objects.filter(is_active=True)
    if not link.usable().filter(user__in=active).update(used_at=Now()):
        raise LoginLinkError
    return link.select_related("user").get().user


@transaction.atomic
def delete_spent_login_links() -> int:
    """Delete links that can no longer be used. Returns how many."""
    spent = LoginLink.objects.exclude(pk__in=LoginLink.objects.usable().values("pk"))
    return spent.delete()[0]
