"""Import, export, admin and API must include every field of a product."""

from typing import Any

import pytest
from django.db import models

from nexus.api.products.inputs import ProductChangeInput, ProductInput
from nexus.api.products.rest.products import ProductSerializer
from nexus.apps.products.admin import ProductAdmin
from nexus.apps.products.importing import LineForm
from nexus.apps.products.models import Product
from nexus.apps.products.privacy import export
from nexus.apps.products.samples import ADD_PRODUCTS
from nexus.apps.products.services import Changes
from nexus.apps.users.models import User

OTHER_FIELDS = {
    "id": "the database gives it",
    "owner": "the merchant, who is signed in",
    "version": "counts the writes",
    "created_at": "the database gives it",
    "slug": "generated from the name",
    "vector": "generated for the search",
}
"""Fields that no merchant writes, each with the reason."""

FIELDS = set(Product.MERCHANT_FIELDS)


def test_every_field_of_the_model_is_a_merchants_or_has_a_reason() -> None:
    names = {field.name for field in Product._meta.get_fields() if field.concrete}

    assert names - set(OTHER_FIELDS) == FIELDS


def test_import_has_a_column_for_every_field() -> None:
    assert set(LineForm.base_fields) == FIELDS


def test_export_has_every_field(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    def values(_rows: Any, *members: str) -> tuple[()]:
        names.extend(members)
        return ()

    monkeypatch.setattr(models.QuerySet, "values", values)
    export(User(pk=1))

    assert FIELDS - {name.partition("__")[0] for name in names} == set(), "The export lacks these."


def test_admin_shows_every_field() -> None:
    assert FIELDS - set(ProductAdmin.fields) == set(), "ProductAdmin.fields lacks these."


def test_rest_shows_and_reads_every_field() -> None:
    fields: Any = ProductSerializer().fields

    assert FIELDS - set(fields) == set(), "ProductSerializer lacks these."
    assert set(ProductInput().fields) == FIELDS, "ProductInput lacks these."


def test_every_field_can_be_changed() -> None:
    assert set(ProductChangeInput().fields) == set(Changes.__annotations__)


def test_sample_data_has_every_field_that_the_database_does_not_fill() -> None:
    columns = ADD_PRODUCTS.partition("(")[2].partition(")")[0].split()
    written = {column.strip(",").removesuffix("_id") for column in columns}
    filled = {
        field.name
        for field in Product._meta.concrete_fields
        if field.db_default is not models.NOT_PROVIDED or field.null or field.generated
    }

    assert FIELDS - filled - written == set(), (
        "Give the field a db_default, or fill it in ADD_PRODUCTS of nexus/apps/products/samples.py."
    )
