"""`nexus manage demo`: fill a shop and a travel site with people, and say how to log in.

It stands above the apps, since it fills all of them. Everything is made in one transaction, by the
services: after a fault nothing is there, and a second call finds that all is.
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
    """How much there is to see."""

    products: int
    orders: int
    listings: int
    bookings: int
    merchants: int
    hosts: int
    customers: int

    @property
    def steps(self) -> int:
        """How many things are made that take time."""
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
        """Add `--size`, `--seed` and `--i-know`."""
        parser.add_argument("--size", choices=list(SIZES), default="small")
        parser.add_argument(
            "--seed", type=int, default=1, help="Another number makes another shop of that size."
        )
        parser.add_argument(
            "--i-know",
            action="store_true",
            help="Do it on a deployment too: everybody who learns the password can log in there.",
        )

    def handle(self, *, size: str, seed: int, i_know: bool, **_options: object) -> None:
        """Fill, unless all is here, and print the log-ins. Raises `CommandError`."""
        if not (settings.EMBEDDED or i_know):
            raise CommandError(
                "This is a deployment: log-ins of a demonstration would open it to everybody who "
                "learns their password. Nothing was added. With --i-know it is done all the same."
            )
        password = secrets.token_urlsafe(12)
        try:
            with transaction.atomic(), silenced():
                told = self._fill(SIZES[size], Random(seed)) or f"A {size} demonstration is here."  # noqa: S311 -- the same every time, and no secret
                log_ins = set_passwords(password)
        except NexusError as error:
            raise CommandError(error.message) from error
        except ProgrammingError as error:
            raise CommandError(
                "The tables are not up to date: run `nexus manage migrate` first."
            ) from error
        self.stdout.write(told)
        for role, address in log_ins:
            self.stdout.write(f"  {role:<10}{address}")
        self.stdout.write(f"One password, made just now, opens all of them: {password}")

    def _fill(self, size: Size, random: Random) -> str:
        """Add everything; gives a sentence where nothing was added."""
        if is_here():
            return "The demonstration is here already: nothing was added."
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
