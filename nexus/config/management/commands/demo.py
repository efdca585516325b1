"""`nexus manage demo`: fill a shop and a travel site with data, and print how to log in.

It is in a layer above the apps, since it fills all of them. The services create everything in one
transaction: after an error nothing was added, and a second call adds nothing.
"""

import secrets
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import astuple, dataclass
from random import Random

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, transaction
from rich.console import Console
from rich.progress import Progress

from nexus.apps.orders.demo import add_carts, add_orders
from nexus.apps.products.demo import add_categories, add_products
from nexus.apps.stays.demo import add_bookings, add_listings
from nexus.apps.users.demo import add_people, is_here, set_passwords
from nexus.core.errors import NexusError
from nexus.core.outbox.services import silenced

__all__ = ["SIZES", "Command", "Size"]


@dataclass(frozen=True, slots=True)
class Size:
    """The amount of data."""

    products: int
    orders: int
    listings: int
    bookings: int
    merchants: int
    hosts: int
    customers: int

    @property
    def steps(self) -> int:
        """The number of objects that take time to create."""
        return sum(astuple(self)[:4])


SIZES = {
    "small": Size(60, 48, 20, 40, merchants=3, hosts=3, customers=12),
    "medium": Size(600, 480, 120, 360, merchants=12, hosts=12, customers=120),
    "large": Size(4000, 3200, 800, 2400, merchants=40, hosts=40, customers=800),
}


class Command(BaseCommand):
    """Fill a shop and a travel site for a demonstration."""

    help = "Fill a shop and a travel site for a demonstration, and print how to log in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", choices=list(SIZES), default="small")
        parser.add_argument(
            "--seed",
            type=int,
            default=1,
            help="A different number creates a different shop of the same size.",
        )
        parser.add_argument(
            "--i-know",
            action="store_true",
            help="Allow it on a deployment: anyone who learns the password can log in.",
        )

    def handle(self, *, size: str, seed: int, i_know: bool, **_options: object) -> None:
        """Add the data unless it exists, and print the logins. Raises `CommandError`."""
        if not (settings.EMBEDDED or i_know):
            raise CommandError(
                "This is a deployment: demonstration logins would open it to anyone who "
                "learns their password. Nothing was added. Pass --i-know to add them anyway."
            )
        password = secrets.token_urlsafe(12)
        try:
            with transaction.atomic(), silenced():
                random = Random(seed)  # noqa: S311 -- reproducible, no secret
                message = self._fill(SIZES[size], random) or f"A {size} demonstration was added."
                log_ins = set_passwords(password)
        except NexusError as error:
            raise CommandError(error.message) from error
        except ProgrammingError as error:
            raise CommandError(
                "The tables are not up to date: run `nexus manage migrate` first."
            ) from error
        self.stdout.write(message)
        for role, address in log_ins:
            self.stdout.write(f"  {role:<10}{address}")
        self.stdout.write(f"New password for all of them: {password}")

    def _fill(self, size: Size, random: Random) -> str:
        """Add everything; return a message if nothing was added."""
        if is_here():
            return "The demonstration already exists: nothing was added."
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("Filling the shop and the travel site", total=size.steps)
            _fill(size, random, lambda: progress.advance(bar))
        return ""


def _fill(size: Size, random: Random, tick: Callable[[], None]) -> None:
    people = add_people(
        random, merchants=size.merchants, hosts=size.hosts, customers=size.customers
    )
    add_categories(by=people.admin)
    products = add_products(random, count=size.products, merchants=people.merchants, tick=tick)
    add_orders(
        random,
        count=size.orders,
        customers=people.customers,
        products=products,
        support=people.support,
        tick=tick,
    )
    add_carts(random, customers=people.customers, products=products)
    listings = add_listings(random, count=size.listings, hosts=people.hosts, tick=tick)
    add_bookings(random, count=size.bookings, listings=listings, guests=people.customers, tick=tick)
