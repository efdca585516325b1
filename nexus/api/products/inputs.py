"""What can be asked of products, and sent about them."""

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
    """Attributes by name; the product's category declares which there are."""


@extend_schema_field({"type": "string", "format": "attributes"})
class AttributesFilterField(serializers.CharField):
    """A JSON object of attributes, as one parameter."""

    def to_internal_value(self, data: Any) -> Any:
        """Give the object. Raises DRF's `ValidationError` for anything else."""
        text = super().to_internal_value(data)
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        scalars = str | int | float | bool
        if not isinstance(found, dict) or not all(isinstance(v, scalars) for v in found.values()):
            raise serializers.ValidationError(
                'A JSON object of texts, numbers, true and false is wanted, as {"colour": "red"}.'
            )
        return found


class ProductListParameters(PageParameters):
    """Which products, and in which order."""

    category = serializers.SlugField(
        required=False, max_length=80, help_text="Only products of this category and those below."
    )
    min_price = PriceField(required=False, help_text="Only products that cost this or more.")
    max_price = PriceField(required=False, help_text="Only products that cost this or less.")
    in_stock = serializers.BooleanField(
        required=False, help_text="Only products that are there, or only those that are not."
    )
    attributes = AttributesFilterField(
        required=False,
        max_length=500,
        help_text="A JSON object: only products whose attributes have all of it.",
    )
    q = serializers.RegexField(
        TEXT,
        required=False,
        max_length=200,
        help_text='Words to search for; "quoted" ones stand together, and -word leaves one out.',
    )
    order = serializers.ChoiceField(list(ORDERS), default="newest")


class ProductDescriptionInput(serializers.Serializer[Any]):
    """What a product says of itself."""

    sku = serializers.RegexField(SKU, max_length=40, help_text="The merchant's own number.")
    name = serializers.RegexField(WORDS, max_length=200)
    description = serializers.RegexField(TEXT, max_length=5_000, allow_blank=True, default="")
    category = serializers.SlugField(max_length=80, help_text="The slug of a category.")
    attributes = AttributesField(required=False)
    is_published = serializers.BooleanField(default=False, help_text="Whether the shop shows it.")


class PriceInput(serializers.Serializer[Any]):
    """What a product costs."""

    price = PriceField()
    currency = serializers.RegexField(
        CURRENCY, default="EUR", max_length=3, help_text="A code of ISO 4217."
    )


class ProductChangeInput(ProductDescriptionInput):
    """What a product is to say of itself from now on; what is left out stays as it is.

    Its price and its stock have addresses of their own.
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **{**options, "partial": True})


class ProductInput(PriceInput, ProductDescriptionInput):
    """A product to be offered."""

    stock = serializers.IntegerField(
        default=0, min_value=0, max_value=MAX_STOCK_CHANGE, help_text="The first pieces."
    )


QUANTITY_SCHEMA = {
    "type": "integer",
    "minimum": -MAX_STOCK_CHANGE,
    "maximum": MAX_STOCK_CHANGE,
    "not": {"const": 0},
}


@extend_schema_field(QUANTITY_SCHEMA)
class QuantityField(serializers.IntegerField):
    """How many came in or went out; none is no change."""

    def to_internal_value(self, data: Any) -> int:
        """Give the number. Raises DRF's `ValidationError` for none."""
        number = super().to_internal_value(data)
        if number == 0:
            raise serializers.ValidationError("Send how many came in or went out, not 0.")
        return number


class StockInput(serializers.Serializer[Any]):
    """Pieces that came in or went out."""

    quantity = QuantityField(
        min_value=-MAX_STOCK_CHANGE,
        max_value=MAX_STOCK_CHANGE,
        help_text="Positive for what came in, negative for what went out.",
    )


class ImageInput(serializers.Serializer[Any]):
    """A picture of a product."""

    url = serializers.RegexField(
        IMAGE_ADDRESS, max_length=300, help_text="An https address of the picture."
    )
    alt = serializers.RegexField(
        TEXT,
        max_length=200,
        allow_blank=True,
        default="",
        help_text="What it shows, for who cannot see it.",
    )


class ImportParameters(Parameters):
    """What becomes of the good lines of a file that has bad ones."""

    keep_good = serializers.BooleanField(default=False)


class CategoryChangeInput(serializers.Serializer[Any]):
    """What a category is to be from now on; what is left out stays as it is."""

    name = serializers.RegexField(WORDS, max_length=120, required=False)
    parent = serializers.SlugField(  # type: ignore[assignment]
        max_length=80,
        allow_blank=True,
        required=False,
        help_text="The slug of the category above; empty for none.",
    )
    attribute_kinds = serializers.DictField(
        child=serializers.ChoiceField(list(KINDS)),
        required=False,
        help_text="Attributes of products here and below: text, integer, number or flag.",
    )


class CategoryInput(CategoryChangeInput):
    """A new category."""

    slug = serializers.SlugField(max_length=80)
    name = serializers.RegexField(WORDS, max_length=120)
