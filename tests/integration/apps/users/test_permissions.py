"""The roles of a new installation."""

import pytest

from nexus.apps.users.models import Role
from nexus.apps.users.permissions import ROLES

pytestmark = pytest.mark.django_db


def test_migrations_create_the_roles_with_their_permissions() -> None:
    roles = {role.slug: frozenset(role.permissions) for role in Role.objects.all()}
    declared = {slug: frozenset(each.value for each in held) for slug, held in ROLES.items()}
    assert roles == declared, (
        "Write a migration: it creates a new role, and grants a new permission to its roles in "
        "ROLES and to admin."
    )
