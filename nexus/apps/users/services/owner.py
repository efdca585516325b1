"""The account of the person whose machine this is, and one-time links that sign in."""

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
    """Return the account of the person whose machine this is, making it the first time."""
    owner: User | None = User.objects.with_email(OWNER_EMAIL).first()
    if owner is None:
        owner = User.objects.create_user(OWNER_EMAIL, name="Owner", is_staff=True)
        owner.roles.add(Role.objects.get(slug="admin"))
    return owner


@transaction.atomic
def issue_login_link(*, user: User) -> str:
    """Make a one-time link for `user` and give its token; earlier unused links stop working."""
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
    """Use a link's token up and give the user it signs in.

    Of several who present one token at the same moment one gets in: the row is claimed by the
    update itself. Raises `LoginLinkError` for a token that is unknown, used or expired.
    """
    link = LoginLink.objects.filter(token_sha256=digest(token))
    # The conditions stand on the updated row itself, where PostgreSQL checks them again after
    # waiting for another writer. A filter across the join to the user would move them into a
    # subquery, which is not checked again: then two of eight were seen to get in.
    active = User.objects.filter(is_active=True)
    if not link.usable().filter(user__in=active).update(used_at=Now()):
        raise LoginLinkError
    return link.select_related("user").get().user


@transaction.atomic
def delete_spent_login_links() -> int:
    """Delete links that can no longer be used; gives how many."""
    spent = LoginLink.objects.exclude(pk__in=LoginLink.objects.usable().values("pk"))
    return spent.delete()[0]
