"""Inputs of products and categories."""

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from nexus.api.fields import TEXT, WORDS, PriceField
from nexus.api.inputs import PageParameters, Parameters
from nexus.apps.products.attributes import KINDS
from nexus.apps.products.models import CURRENCY, SKU
from nexus.apps.products.queries import ORDERS

__all__ = [
    "AttributesField",
    "CategoryChangeInput",
    "CategoryInput",
    "ImageInput",
    "ImportParameters",
    "PriceInput",
    "ProductChangeInput",
    "ProductInput",
    "ProductListParameters",
    "StockInput",
]

IMAGE_ADDRESS = r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*$"
MAX_STOCK_CHANGE = 1_000_000


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
)
class AttributesField(serializers.DictField):
    """Attributes by name, as the product's category declares them."""


@extend_schema_field({"type": "string", "format": "attributes"})
class AttributesFilterField(serializers.CharField):
    """A JSON object of attributes, as one parameter."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the object. Raises DRF's `ValidationError` for anything else."""
        text = super().to_internal_value(data)
        try:
            attributes = json.loads(text)
        except (ValueError, RecursionError):
            attributes = None
        scalars = str | int | float | bool
        if not isinstance(attributes, dict) or not all(
            isinstance(v, scalars) for v in attributes.values()
        ):
            raise serializers.ValidationError(
                'Enter a JSON object of strings, numbers and booleans, such as {"colour": "red"}.'
            )
        return attributes


class ProductListParameters(PageParameters):
    """Filters and order of products."""

    category = serializers.SlugField(
        required=False, max_length=80, help_text="Products in this category or below it."
    )
    min_price = PriceField(required=False, help_text="Products at this price or above.")
    max_price = PriceField(required=False, help_text="Products at this price or below.")
    in_stock = serializers.BooleanField(
        required=False, help_text="Products in stock (true) or out of stock (false)."
    )
    attributes = AttributesFilterField(
        required=False,
        max_length=500,
        help_text="A JSON object. Products with all of these attributes.",
    )
    q = serializers.RegexField(
        WORDS,
        required=False,
        max_length=200,
        help_text='Full-text search. Use "quotes" for phrases and -word to exclude a word.',
    )
    order = serializers.ChoiceField(list(ORDERS), default="newest")


class ProductDescriptionInput(serializers.Serializer[Any]):
    """The description of a product."""

    sku = serializers.RegexField(SKU, max_length=40, help_text="The merchant's article number.")
    name = serializers.RegexField(WORDS, max_length=200)
    description = serializers.RegexField(TEXT, max_length=5_000, allow_blank=True, default="")
    category = serializers.SlugField(max_length=80, help_text="The slug of a category.")
    attributes = AttributesField(required=False)
    is_published = serializers.BooleanField(default=False, help_text="Whether the shop shows it.")


class PriceInput(serializers.Serializer[Any]):
    """The price of a product."""

    price = PriceField()
    currency = serializers.RegexField(
        CURRENCY, default="EUR", max_length=3, help_text="An ISO 4217 code."
    )


class ProductChangeInput(ProductDescriptionInput):
    """Changes of a product; omitted members stay as they are.

    Price and stock have addresses of their own.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "partial": True})


class ProductInput(PriceInput, ProductDescriptionInput):
    """A new product."""

    stock = serializers.IntegerField(
        default=0, min_value=0, max_value=MAX_STOCK_CHANGE, help_text="The initial stock."
    )


QUANTITY_SCHEMA = {
    "type": "integer",
    "minimum": -MAX_STOCK_CHANGE,
    "maximum": MAX_STOCK_CHANGE,
    "not": {"const": 0},
}


@extend_schema_field(QUANTITY_SCHEMA)
class QuantityField(serializers.IntegerField):
    """A change of stock; 0 is not a change."""

    def to_internal_value(self, data: Any) -> int:
        """Return the quantity. Raises DRF's `ValidationError` for 0."""
        number = super().to_internal_value(data)
        if number == 0:
            raise serializers.ValidationError(
                "Enter the number of units received or removed, not 0."
            )
        return number


class StockInput(serializers.Serializer[Any]):
    """A change of stock."""

    quantity = QuantityField(
        min_value=-MAX_STOCK_CHANGE,
        max_value=MAX_STOCK_CHANGE,
        help_text="Positive for units received, negative for units removed.",
    )


class ImageInput(serializers.Serializer[Any]):
    """An image of a product."""

    url = serializers.RegexField(
        IMAGE_ADDRESS, max_length=300, help_text="The https address of the image."
    )
    alt = serializers.RegexField(
        TEXT,
        max_length=200,
        allow_blank=True,
        default="",
        help_text="A description for people who cannot see it.",
    )


class ImportParameters(Parameters):
    """What happens to valid lines if others are not."""

    keep_good = serializers.BooleanField(default=False)


class CategoryChangeInput(serializers.Serializer[Any]):
    """Changes of a category; omitted members stay as they are."""

    name = serializers.RegexField(WORDS, max_length=120, required=False)
    parent = serializers.SlugField(  # type: ignore[assignment]
        max_length=80,
        allow_blank=True,
        required=False,
        help_text="The slug of the parent category; empty for the root.",
    )
    attribute_kinds = serializers.DictField(
        child=serializers.ChoiceField(list(KINDS)),
        required=False,
        help_text="Attributes of products in this category and below: text, integer, number "
        "or flag.",
    )


class CategoryInput(CategoryChangeInput):
    """A new category."""

    slug = serializers.SlugField(max_length=80)
    name = serializers.RegexField(WORDS, max_length=120)
