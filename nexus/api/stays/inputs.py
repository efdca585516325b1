"""What can be asked of stays, and sent about them.

Dates are given as a first day and a number of nights, so that none can end before it begins.
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
from nexus.apps.stays.services import MOST_NIGHTS, MOST_SEASON_NIGHTS

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
    """A part of a place on Earth, as text, to five digits: about a metre."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(
            max_digits=8,
            decimal_places=5,
            min_value=Decimal(-most),
            max_value=Decimal(most),
            **options,
        )


@extend_schema_field(
    {"type": "string", "pattern": r"^-?([0-8]?[0-9](\.[0-9]{1,5})?|90(\.0{1,5})?)$"}
)
class LatitudeField(DegreesField):
    """Degrees to the north of the equator."""


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^-?((1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,5})?|180(\.0{1,5})?)$",
    }
)
class LongitudeField(DegreesField):
    """Degrees to the east of Greenwich."""


class ListingListParameters(PageParameters):
    """Which listings, and in which order."""

    city = serializers.RegexField(
        TEXT,
        required=False,
        max_length=120,
        trim_whitespace=False,
        help_text="The whole name, in any case.",
    )
    country = serializers.RegexField(
        COUNTRY, required=False, max_length=2, help_text="A code of ISO 3166-1."
    )
    arrival = serializers.DateField(
        required=False, help_text="Only listings that are free from this day on."
    )
    nights = serializers.IntegerField(
        default=1, min_value=1, max_value=MOST_NIGHTS, help_text="For how many nights."
    )
    guests = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_GUESTS,
        help_text="Only listings with room for so many.",
    )
    min_price = PriceField(
        required=False, help_text="Only listings whose usual night costs this or more."
    )
    max_price = PriceField(
        required=False, help_text="Only listings whose usual night costs this or less."
    )
    order = serializers.ChoiceField(list(ORDERS), default="newest")


class CalendarParameters(Parameters):
    """Which month."""

    month = serializers.RegexField(MONTH, max_length=7, help_text="Such as 2027-01.")


class ListingDescriptionInput(serializers.Serializer[Any]):
    """What a listing says of itself."""

    title = serializers.RegexField(WORDS, max_length=120)
    description = serializers.RegexField(TEXT, max_length=5_000, allow_blank=True, default="")
    city = serializers.RegexField(WORDS, max_length=120)
    country = serializers.RegexField(COUNTRY, max_length=2, help_text="A code of ISO 3166-1.")
    latitude = LatitudeField(most=90)
    longitude = LongitudeField(most=180)
    capacity = serializers.IntegerField(
        min_value=1, max_value=MAX_GUESTS, help_text="For how many guests there is room."
    )
    price_per_night = PriceField(help_text="What a night outside of seasons costs.")
    cancellation_policy = serializers.ChoiceField(
        [policy.value for policy in CancellationPolicy], default=CancellationPolicy.FLEXIBLE.value
    )
    is_published = serializers.BooleanField(
        default=False, help_text="Whether others see it and can book."
    )


class ListingInput(ListingDescriptionInput):
    """A place to be offered."""

    currency = serializers.RegexField(
        CURRENCY,
        default="EUR",
        max_length=3,
        help_text="A code of ISO 4217, fixed from then on.",
    )


class ListingChangeInput(ListingDescriptionInput):
    """What a listing is to say of itself from now on; what is left out stays as it is."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **{**options, "partial": True})


class SeasonInput(serializers.Serializer[Any]):
    """Nights with a price of their own."""

    first_night = serializers.DateField()
    nights = serializers.IntegerField(min_value=1, max_value=MOST_SEASON_NIGHTS)
    price_per_night = PriceField(help_text="In the currency of the listing.")


class BookingInput(serializers.Serializer[Any]):
    """Nights to be booked."""

    arrival = serializers.DateField()
    nights = serializers.IntegerField(min_value=1, max_value=MOST_NIGHTS)
    guests = serializers.IntegerField(min_value=1, max_value=MAX_GUESTS)


class ReviewInput(serializers.Serializer[Any]):
    """What a guest says of a stay."""

    rating = serializers.IntegerField(min_value=1, max_value=5)
    text = serializers.RegexField(TEXT, max_length=5_000, allow_blank=True, default="")
