"""The people of a demonstration: one account to log in with for each role, and others."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from nexus.apps.users import permissions
from nexus.apps.users.models import Role, User

__all__ = ["DOMAIN", "ROLES", "Cast", "add_people", "is_here", "set_passwords"]

DOMAIN = "demo.example"
"""The domain of the addresses, reserved by RFC 2606 so that nobody can own it."""
ROLES = tuple(reversed(tuple(permissions.ROLES)))

FIRST = (
    "Ama", "Bruno", "Chiara", "Daniel", "Efua", "Farid", "Grace", "Hana", "Ivo", "Joana", "Kofi",
    "Lena", "Mateo", "Nadia", "Otieno", "Priya", "Rasmus", "Sofia", "Tendai", "Yuki",
)  # fmt: skip
LAST = (
    "Mensah", "Silva", "Okafor", "Tamm", "Wanjiru", "Laurent", "Sato", "Quispe", "Novak", "Haddad",
    "Nguyen", "Ferreira", "Owusu", "Lindqvist", "Moreau", "Kimani", "Rossi",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """The accounts of a demonstration by what they do."""

    merchants: list[User]
    hosts: list[User]
    customers: list[User]
    support: User
    admin: User


def is_here() -> bool:
    """Return whether the people of a demonstration exist.

    Of two concurrent transactions, the second waits for the first to end.
    """
    Role.objects.select_for_update().get(slug="admin")
    exists: bool = User.objects.with_email(_address("admin")).exists()
    return exists


def add_people(random: Random, *, merchants: int, hosts: int, customers: int) -> Cast:
    """Add the people; the first merchant, host and customer are the ones to log in with."""
    by_role = {role: _add(random, [_address(role)], role)[0] for role in ROLES}

    def others(word: str, count: int, role: str) -> list[User]:
        addresses = [_address(f"{word}-{number}") for number in range(2, count + 1)]
        return [by_role[role], *_add(random, addresses, role)]

    return Cast(
        merchants=others("merchant", merchants, "merchant"),
        hosts=others("host", hosts, "host"),
        customers=others("customer", customers, "learner"),
        support=by_role["support"],
        admin=by_role["admin"],
    )


def set_passwords(password: str) -> list[tuple[str, str]]:
    """Set one password for the account of each role. Returns roles and addresses."""
    hashed = make_password(password)
    for role in ROLES:
        User.objects.with_email(_address(role)).update(password=hashed)
    return [(role, _address(role)) for role in ROLES]


def _address(name: str) -> str:
    return f"{name}@{DOMAIN}"


def _add(random: Random, addresses: Iterable[str], role: str) -> list[User]:
    users: list[User] = User.objects.bulk_create(
        User(
            email=address,
            name=f"{random.choice(FIRST)} {random.choice(LAST)}",
            password=make_password(None),
            email_verified_at=timezone.now(),
        )
        for address in addresses
    )
    Role.objects.get(slug=role).users.add(*users)
    return users
