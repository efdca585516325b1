"""Accounts, roles and the one-time link."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection
from django.db.models.functions import Now

from nexus.apps.users import services
from nexus.apps.users.errors import LoginLinkError
from nexus.apps.users.models import LoginLink, Role, User
from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


def test_roles_hold_only_permissions_that_exist() -> None:
    held = {name for role in Role.objects.all() for name in role.permissions}
    assert held == {permission.value for permission in Permission}


def test_email_is_unique_in_any_case() -> None:
    User.objects.create_user("ada@example.org")
    with pytest.raises(IntegrityError, match="users_user_email_unique"):
        User.objects.create_user("Ada@example.org")


def test_natural_key_finds_email_in_any_case() -> None:
    user = User.objects.create_user("ada@example.org")
    assert user == User.objects.get_by_natural_key("ADA@example.org")


def test_ensure_owner_makes_one_admin_without_password() -> None:
    owner = services.ensure_owner()
    assert owner == services.ensure_owner()
    assert not owner.has_usable_password()
    assert has_permission(owner, Permission.RUN_LABS)


@pytest.mark.parametrize(
    ("role", "allowed"), [("admin", True), ("mentor", True), ("learner", False), (None, False)]
)
def test_has_permission_by_role(role: str | None, *, allowed: bool) -> None:
    user = User.objects.create_user("ada@example.org")
    if role:
        user.roles.add(Role.objects.get(slug=role))
    assert allowed is has_permission(user, Permission.RUN_LABS)


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_strangers_may_nothing(user: AnonymousUser | None) -> None:
    assert not has_permission(user, Permission.RUN_LABS)


def test_inactive_admin_may_nothing() -> None:
    owner = services.ensure_owner()
    owner.is_active = False
    assert not has_permission(owner, Permission.RUN_LABS)


def test_login_link_signs_in_once() -> None:
    owner = services.ensure_owner()
    token = services.issue_login_link(user=owner)
    assert owner == services.redeem_login_link(token=token)
    with pytest.raises(LoginLinkError, match="Restart `nexus serve`"):
        services.redeem_login_link(token=token)


def test_login_link_token_is_not_stored() -> None:
    token = services.issue_login_link(user=services.ensure_owner())
    assert token not in str(LoginLink.objects.values().get())


def test_new_login_link_replaces_the_unused_one() -> None:
    owner = services.ensure_owner()
    first = services.issue_login_link(user=owner)
    services.issue_login_link(user=owner)
    with pytest.raises(LoginLinkError):
        services.redeem_login_link(token=first)


def expire() -> None:
    LoginLink.objects.update(expires_at=Now() - timedelta(seconds=1))


def deactivate() -> None:
    User.objects.update(is_active=False)


@pytest.mark.parametrize("spoil", [expire, deactivate])
def test_spoiled_login_link_is_refused(spoil: Callable[[], None]) -> None:
    token = services.issue_login_link(user=services.ensure_owner())
    spoil()
    with pytest.raises(LoginLinkError):
        services.redeem_login_link(token=token)


def test_delete_spent_login_links_keeps_usable_ones() -> None:
    owner = services.ensure_owner()
    services.redeem_login_link(token=services.issue_login_link(user=owner))
    token = services.issue_login_link(user=owner)
    assert services.delete_spent_login_links() == 1
    assert owner == services.redeem_login_link(token=token)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_login_link_lets_one_of_many_in() -> None:
    token = services.issue_login_link(user=services.ensure_owner())

    def try_it(_: int) -> bool:
        try:
            services.redeem_login_link(token=token)
        except LoginLinkError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
