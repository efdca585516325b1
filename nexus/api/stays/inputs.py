"""Inputs of stays.

Dates are sent as a first day and a number of nights, so that none can end before it begins.
"""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from nexus.api.fields import COUNTRY, TEXT, WORDS, PriceField
from nexus.api.inputs import PageParameters, Parameters
from nexus.apps.products.models import CURRENCY
from nexus.apps.stays.policies import CancellationPolicy
from nexus.apps.stays.queries import ORDERS
from nexus.apps.stays.services import MAX_NIGHTS, MAX_SEASON_NIGHTS

__all__ = [
    "BookingInput",
    "CalendarParameters",
    "ListingChangeInput",
    "ListingInput",
    "ListingListParameters",
    "ReviewInput",
    "SeasonInput",
]

MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
MAX_GUESTS = 50


class DegreesField(serializers.DecimalField):
    """A coordinate as a string, with five decimal places: about a metre."""

    def __init__(self, *, max_degrees: int, **options: Any) -> None:
        super().__init__(
            max_digits=8,
            decimal_places=5,
            min_value=Decimal(-max_degrees),
            max_value=Decimal(max_degrees),
            **options,
        )


@extend_schema_field(
    {"type": "string", "pattern": r"^-?([0-8]?[0-9](\.[0-9]{1,5})?|90(\.0{1,5})?)$"}
)
class LatitudeField(DegreesField):
    """Degrees north of the equator."""


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^-?((1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,5})?|180(\.0{1,5})?)$",
    }
)
class LongitudeField(DegreesField):
    """Degrees east of Greenwich."""


class ListingListParameters(PageParameters):
    """Filters and order of listings."""

    city = serializers.RegexField(
        TEXT,
        required=False,
        max_length=120,
        trim_whitespace=False,
        help_text="The full name, case-insensitive.",
    )
    country = serializers.RegexField(
        COUNTRY, required=False, max_length=2, help_text="An ISO 3166-1 code."
    )
    arrival = serializers.DateField(
        required=False, help_text="Listings that are free from this day on."
    )
    nights = serializers.IntegerField(
        default=1, min_value=1, max_value=MAX_NIGHTS, help_text="The number of nights."
    )
    guests = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_GUESTS,
        help_text="Listings for at least this many guests.",
    )
    min_price = PriceField(
        required=False, help_text="Listings whose usual price per night is this or above."
    )
    max_price = PriceField(
        required=False, help_text="Listings whose usual price per night is this or below."
    )
    order = serializers.ChoiceField(list(ORDERS), default="newest")


class CalendarParameters(Parameters):
    """The month of a calendar."""

    month = serializers.RegexField(MONTH, max_length=7, help_text="Such as 2027-01.")


class ListingDescriptionInput(serializers.Serializer[Any]):
    """The description of a listing."""

    title = serializers.RegexField(WORDS, max_length=120)
    description = serializers.RegexField(TEXT, max_length=5_000, allow_blank=True, default="")
    city = serializers.RegexField(WORDS, max_length=120)
    country = serializers.RegexField(COUNTRY, max_length=2, help_text="An ISO 3166-1 code.")
    latitude = LatitudeField(max_degrees=90)
    longitude = LongitudeField(max_degrees=180)
    capacity = serializers.IntegerField(
        min_value=1, max_value=MAX_GUESTS, help_text="The maximum number of guests."
    )
    price_per_night = PriceField(help_text="The price of a night outside of seasons.")
    cancellation_policy = serializers.ChoiceField(
        [policy.value for policy in CancellationPolicy], default=CancellationPolicy.FLEXIBLE.value
    )
    is_published = serializers.BooleanField(
        default=False, help_text="Whether others can see and book it."
    )


class ListingInput(ListingDescriptionInput):
    """A new listing."""

    currency = serializers.RegexField(
        CURRENCY,
        default="EUR",
        max_length=3,
        help_text="An ISO 4217 code. It cannot be changed later.",
    )


class ListingChangeInput(ListingDescriptionInput):
    """Changes of a listing; omitted members stay as they are."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "partial": True})


class SeasonInput(serializers.Serializer[Any]):
    """Nights with a price of their own."""

    first_night = serializers.DateField()
    nights = serializers.IntegerField(min_value=1, max_value=MAX_SEASON_NIGHTS)
    price_per_night = PriceField(help_text="In the currency of the listing.")


class BookingInput(serializers.Serializer[Any]):
    """The nights to book."""

    arrival = serializers.DateField()
    nights = serializers.IntegerField(min_value=1, max_value=MAX_NIGHTS)
    guests = serializers.IntegerField(min_value=1, max_value=MAX_GUESTS)


class ReviewInput(serializers.Serializer[Any]):
    """A guest's review of a stay."""

    rating = serializers.IntegerField(min_value=1, max_value=5)
    text = serializers.RegexField(TEXT, max_length=5_000, allow_blank=True, default="")
