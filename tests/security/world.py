"""A small world in which everything has an owner, and its users."""

import json
from typing import Any

from django.test import Client
from django.utils import timezone

from nexus.apps.library.services import load_library
from nexus.apps.orders import services as orders
from nexus.apps.orders.models import WebhookDelivery
from nexus.apps.users.models import Role, User
from tests.integration.web.pages.test_library import ended_run
from tests.support.factories import CHECKOUT, day, offer, paid, place, placed, season, shelves, stay

PASSWORD = "Hx7 correct horse, battery staple"
# Names to roles. Of two with one role the first owns what there is; the guest is the one who
# books and buys, with the role that everybody begins with.
PEOPLE = {
    "guest": "learner",
    "learner": "learner",
    "mentor": "mentor",
    "partner": "partner",
    "merchant": "merchant",
    "merchant-2": "merchant",
    "host": "host",
    "host-2": "host",
    "support": "support",
    "admin": "admin",
}
EVERYBODY = frozenset({"nobody", *PEOPLE})
MEMBERS = frozenset(PEOPLE)


def populate() -> tuple[dict[str, User], dict[str, Any]]:
    """Create the users and their objects; returns names to ids, as URLs and queries use them."""
    people = {name: _person(name, role) for name, role in PEOPLE.items()}
    load_library()
    shelves()
    run = ended_run()
    run.requested_by = people["mentor"]
    run.save(update_fields=["requested_by"])
    sold = offer(owner=people["merchant"], stock=90)
    draft = offer(2, owner=people["merchant"], is_published=False)
    listing = place(people["host"])
    hidden = place(people["host"], is_published=False)
    unpaid, done = placed(people["guest"], sold), paid(people["guest"], sold)
    hook = orders.register_webhook(url="https://a.test/hook", by=people["merchant"]).webhook
    sent = orders.ping_webhook(webhook_id=hook.pk, by=people["merchant"])
    WebhookDelivery.objects.filter(pk=sent.pk).update(status="failed", ended_at=timezone.now())
    for buyer in people.values():
        orders.set_quantity(product_id=sold.pk, quantity=1, by=buyer)
    sold.refresh_from_db(fields=["version"])
    return people, {
        "kind": "challenges",
        "slug": "n-plus-one",
        "claim_id": "n-plus-one.faster",
        "code": "throttled",
        "run_id": run.pk,
        "category": "home",
        "empty_shelf": "garden",
        "product_id": sold.pk,
        "image_id": sold.images.all()[0].pk,
        "version": sold.version,
        "draft_id": draft.pk,
        "listing_id": listing.pk,
        "hidden_id": hidden.pk,
        "season_id": season(listing, first=90, nights=2).pk,
        "booking_id": stay(listing, people["guest"], first=10, nights=2).pk,
        "ended_id": stay(listing, people["guest"], first=-10, nights=2).pk,
        "order_id": unpaid.pk,
        "paid_id": done.pk,
        "payment_id": done.payments.all()[0].pk,
        "provider": "sandbox",
        "webhook_id": hook.pk,
        "delivery_id": sent.pk,
        "checkout": json.dumps(CHECKOUT),
        "day": day(50),
        "month": f"{day(50):%Y-%m}",
        "password": PASSWORD,
    }


def clients(people: dict[str, User]) -> dict[str, Client]:
    """Return a signed-in browser for each user, and an anonymous one."""
    found = {"nobody": Client()}
    for name, person in people.items():
        found[name] = Client()
        found[name].force_login(person)
    return found


def _person(name: str, role: str) -> User:
    made: User = User.objects.create_user(f"{name}@example.org", PASSWORD)
    made.roles.add(Role.objects.get(slug=role))
    return made
