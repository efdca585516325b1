"""Fields and patterns that the inputs of several apps share."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

__all__ = ["COUNTRY", "TEXT", "WORDS", "PriceField"]

TEXT = r"^[^\x00\ud800-\udfff]*$"
"""What PostgreSQL can store: no NUL character, no lone surrogate."""
WORDS = r"^[^\x00\ud800-\udfff]*[^\s\x00\ud800-\udfff][^\x00\ud800-\udfff]*$"
"""The same, and not only white space."""
COUNTRY = r"^[A-Z]{2}$"
"""A country code of ISO 3166-1."""


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$"})
class PriceField(serializers.DecimalField):
    """An amount of money, as a string, since JSON numbers are not decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, min_value=Decimal(0), **options)
