"""Every database constraint has an error class, or a reason why no caller can violate it."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import IntegrityError, connection

from nexus.apps.products.errors import (
    CategoryNotFoundError,
    CategoryTakenError,
    SkuTakenError,
)
from nexus.apps.products.models import Category, Product
from nexus.core.database.constraints import constraint_errors, constraint_name
from nexus.core.errors import NexusError

pytestmark = [pytest.mark.django_db, pytest.mark.servers]

# Constraints without an error class, by pattern, with the reason. Every pattern must match one.
REASONS = {
    # Unique values that no client chooses.
    r"(orders_order_number|orders_webhookdelivery_message_id|users_signingkey_kid)_key": "drawn",
    r"users_(loginlink_token|refreshtoken_token|authorizationcode_code)_sha256_key": "drawn",
    # Insertions with ON CONFLICT, or that check for the row under a lock.
    r"idempotency_record_key_unique": "inserted with ON CONFLICT",
    r"orders_(cartline_product|payment_reference|callbackevent_id)_unique": "the row is locked",
    r"orders_(orderline_product|orderevent_number)_unique": "the order's row is locked",
    r"orders_payment_one_success": "the order's row is locked",
    r"orders_(provider|webhook)secret_one_present": "the rows are locked",
    r"orders_webhookdelivery_event_once": "inserted with ON CONFLICT",
    r"products_image_position_unique": "the product's row is locked",
    r"labs_run_one_running": "one runner holds the lock",
    r"users_signingkey_one_current": "read again: another process was faster",
    r"users_role_slug_key": "written by update_or_create",
    r"users_user_(roles|groups|user_permissions)_\w+_uniq": "written by set()",
    r"library_\w+_(unique|uniq)": "written by the loader alone, whose checks refuse doubles",
    # Values: inputs refuse them first, or services compute them.
    r"\w+_check": "the range of a column: inputs refuse what is out of it",
    r"\w+_(iso_4217|iso_3166|on_earth|one_to_five|positive|not_negative)": "inputs refuse it",
    r"\w+_(known|whole|bounded|not_zero|numbered_from_one)": "inputs refuse it, or it is computed",
    r"orders_order_(refunded_at_most_paid|total_adds_up)": "computed by the order's state machine",
    r"orders_payment_(returned_at_most_received)": "computed by the order's state machine",
    r"orders_webhook_fails_since|orders_webhookdelivery_ended_at": "written together",
    r"stays_booking_(price_for_each_night|refund_of_cancelled)": "computed by the services",
    r"labs_run_done_(is_a_share|has_document)": "written by the runner",
    r"outbox_message_one_end": "written by the worker",
    # Foreign keys: referenced rows are not deleted, or the deletion cascades.
    r"(users|labs|audit|idempotency|library|orders|stays)_\w+_fk_\w+": "the row is not deleted",
    r"products_(product_owner|image_product|stockchange)_\w+_fk_\w+": "the row is not deleted",
    # Tables of Django and allauth.
    r"(account|auth|django|mfa|socialaccount)_\w+": "written by the library",
    r"unique_(verified_email|primary_email|authenticator_type)": "written by the library",
}

CONSTRAINTS = """
SELECT conname FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0
  AND contype IN ('c', 'f', 'u', 'x')
UNION
SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = current_schema()::regnamespace AND indisunique AND NOT indisprimary
"""


def error_classes(base: type[NexusError] = NexusError) -> Iterator[type[NexusError]]:
    for error_class in base.__subclasses__():
        yield error_class
        yield from error_classes(error_class)


def constraints_in_catalogue() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS)
        names = {name for (name,) in cursor.fetchall()}
    assert names
    return names


def test_every_constraint_has_an_error_or_a_reason() -> None:
    with_error = {name for error in error_classes() for name in error.constraints}
    without = [
        name
        for name in sorted(constraints_in_catalogue() - with_error)
        if not any(re.fullmatch(pattern, name) for pattern in REASONS)
    ]
    assert without == []


def test_every_reason_and_every_error_names_a_constraint() -> None:
    names = constraints_in_catalogue()
    with_error = {name for error in error_classes() for name in error.constraints}
    unused = [
        pattern
        for pattern in REASONS
        if not any(re.fullmatch(pattern, name) for name in names - with_error)
    ]
    assert with_error
    assert with_error - names == set()
    assert unused == []


def test_server_of_another_language_is_asked_in_it() -> None:
    """The bundled server has English only; the tests on servers set German."""
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute("INSERT INTO products_category (slug) VALUES ('a')")
    assert ("violates" in str(caught.value)) == settings.EMBEDDED


def test_constraint_errors_raises_the_error_that_lists_the_constraint() -> None:
    create_category("tea")
    with pytest.raises(CategoryTakenError), constraint_errors(CategoryTakenError):
        create_category("tea")
    # The transaction can continue.
    assert Category.objects.filter(slug="tea").count() == 1


def test_constraint_errors_checks_foreign_keys_at_the_end_when_deferred() -> None:
    product = Product(sku="A-1", name="Cup", category_id=0, price=1, currency="EUR")
    errors = constraint_errors(SkuTakenError, CategoryNotFoundError, deferred=True)
    with pytest.raises(CategoryNotFoundError), errors:
        product.save()


def test_constraint_errors_leaves_other_violations_as_they_are() -> None:
    create_category("tea")
    with pytest.raises(IntegrityError) as caught, constraint_errors(SkuTakenError):
        create_category("tea")
    assert constraint_name(caught.value) == "products_category_slug_key"


def create_category(slug: str) -> Category:
    return Category.objects.create(slug=slug, name=slug, parent_path=None)
