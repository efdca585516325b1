"""Random valid and invalid requests get only responses that the OpenAPI document declares.

Each operation is called dozens of times by a stranger and as often by the owner, more than 5,000
cases in all. Ids in URLs are often those of real pages, claims, labs and runs.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
import yaml
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import settings
from hypothesis import strategies as st
from schemathesis.checks import ignored_auth, negative_data_rejection
from schemathesis.core.parameters import ParameterLocation

from nexus.api.urls import version_1, version_2
from nexus.apps.library.services import load_library
from nexus.apps.orders.services import ping_webhook, register_webhook
from nexus.apps.users.services import ensure_owner
from tests.integration.web.pages.test_library import ended_run
from tests.support.database import shared_transaction
from tests.support.factories import offer, paid, place, season, shelves, stay

MIN_CASES = 5_000
TOKEN = "t" * 32
CASES: Counter[str] = Counter()
EXAMPLES = settings(settings.get_profile("requests"))

# A cursor cannot be made up; the tests of the lists follow real ones. An ETag
# fits one moment of one resource, and `*` every one.
schemathesis.openapi.format("cursor", st.just(""))
schemathesis.openapi.format("etag", st.just("*"))
schemathesis.openapi.format("attributes", st.just("{}"))
# A key that was drawn twice with another body would be refused, so each is new.
schemathesis.openapi.format("idempotency-key", st.builds(uuid4).map(lambda key: f'"{key}"'))
# E-mail addresses that current servers accept, and passwords that are not too easy to guess.
schemathesis.openapi.format(
    "email", st.from_regex(r"[a-z0-9]{1,20}@[a-z]{1,9}\.example", fullmatch=True)
)
schemathesis.openapi.format(
    "new-password", st.from_regex(r"Hx7[A-Z]{9}[0-9]{9}-qv", fullmatch=True)
)


@cache
def served() -> Any:
    # Created late: it looks for the static files that a fixture collects.
    return get_wsgi_application()


# The committed document, which another test compares with the served one.
schema = schemathesis.openapi.from_path("documentation/api/openapi.yaml")
# Its generator puts zero bytes into texts whose pattern forbids them, and calls them valid.
schema.config.generation.update(allow_x00=False)
schema.app = lambda *called: served()(*called)  # noqa: PLW0108 -- not yet, see `served`


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:  # noqa: ARG001 -- it makes the database
    """One transaction for all."""
    with shared_transaction(django_db_blocker):
        load_library()
        yield
    assert CASES["all"] >= MIN_CASES, CASES


@pytest.fixture(scope="module")
def real(world: None) -> dict[str, list[str]]:  # noqa: ARG001 -- it holds the rows
    """Existing ids, by the name of the parameter."""
    shelves()
    product = offer(stock=100_000)
    listing = place()
    booking = stay(listing, ensure_owner(), first=400, nights=2)
    order = paid(ensure_owner(), product)
    hook = register_webhook(url="https://a.test/hook", by=ensure_owner()).webhook
    return {
        "kind": ["challenges"],
        "slug": ["n-plus-one"],
        "claim_id": ["n-plus-one.faster"],
        "run_id": [str(ended_run().pk)],
        "code": ["run_ended"],
        "category": ["home"],
        "product_id": [str(product.pk)],
        "image_id": [str(product.images.all()[0].pk)],
        "listing_id": [str(listing.pk)],
        "season_id": [str(season(listing, first=500, nights=2).pk)],
        "booking_id": [str(booking.pk)],
        "order_id": [str(order.pk)],
        "payment_id": [str(order.payments.get().pk)],
        "provider": ["sandbox"],
        "webhook_id": [str(hook.pk)],
        "delivery_id": [str(ping_webhook(webhook_id=hook.pk, by=ensure_owner()).pk)],
    }


@pytest.fixture(scope="module")
def session(world: None) -> dict[str, dict[str, str]]:  # noqa: ARG001 -- it holds the rows
    """What the owner's browser sends with every request."""
    client = Client()
    client.force_login(ensure_owner())
    session = client.cookies["sessionid"].value
    return {
        "cookies": {"sessionid": session, "csrftoken": TOKEN},
        "headers": {"X-CSRFToken": TOKEN},
    }


def ask(
    case: schemathesis.Case[Any],
    real: dict[str, list[str]],
    *,
    cookies: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> None:
    """Send a case, every second time with existing ids, and check the response."""
    CASES["all"] += 1
    path = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
    spoilt = path is not None and path.mode.is_negative
    if CASES["all"] % 2 and set(case.path_parameters or {}) <= set(real) and not spoilt:
        case.path_parameters = {name: real[name][0] for name in case.path_parameters or {}}
    header = case.meta.components.get(ParameterLocation.HEADER) if case.meta else None
    if "If-Match" in (case.headers or {}) and header is not None and header.mode.is_positive:
        # With an invalid body, values of the format are not generated.
        case.headers["If-Match"] = "*"
    if "Idempotency-Key" in (case.headers or {}) and header is not None and header.mode.is_positive:
        # Drawn keys repeat, and a key of another request is rightly refused.
        case.headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
    if (case.query or {}).get("after") == "":
        del case.query["after"]
    # The underlying client does not decompress.
    plain = {"Accept-Encoding": "identity", **(headers or {})}
    # The check of made-up credentials mistakes the owner's session for one; tests/security covers
    # every user.
    excluded = [ignored_auth] if cookies else []
    if case.media_type == "text/csv":
        # Every body is a text, and any text is CSV: the report lists the errors.
        excluded.append(negative_data_rejection)
    if "x-schemathesis-unknown-property" in (case.headers or {}):
        # A server ignores unknown headers (RFC 9110, section 5.1).
        excluded.append(negative_data_rejection)
    case.call_and_validate(cookies=cookies, headers=plain, excluded_checks=excluded)


@schema.parametrize()
@EXAMPLES
def test_a_stranger_gets_only_documented_responses(
    case: schemathesis.Case[Any], real: dict[str, list[str]]
) -> None:
    ask(case, real)


@schema.parametrize()
@EXAMPLES
def test_the_owner_gets_only_documented_responses(
    case: schemathesis.Case[Any], real: dict[str, list[str]], session: dict[str, Any]
) -> None:
    ask(case, real, **session)


# pytest-django creates the database for marked tests only, and the others share one transaction.
@pytest.mark.django_db
def test_every_address_is_in_the_document() -> None:
    document = yaml.safe_load(Client().get("/api/v1/schema/").content)
    views = [path for path in (*version_1, *version_2) if hasattr(path.callback, "view_class")]

    # The document does not list its own URL.
    assert len(document["paths"]) == len(views) - 1
