"""Listings, seasonal prices, bookings and reviews."""

from datetime import date, timedelta
from typing import ClassVar, cast

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    BigIntegerRangeField,
    DateRangeField,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, IntegerField, Q, Value
from django.db.models.functions import Lower, Now
from django.db.models.lookups import Exact

from nexus.apps.stays.policies import BookingStatus, CancellationPolicy

__all__ = ["Booking", "Listing", "Review", "SeasonPrice"]

# In an exclusion constraint PostgreSQL compares plain numbers only with an extension (btree_gist),
# which not every server has; a range of one number needs none.
SAME_LISTING = (
    Func(
        F("listing"),
        F("listing"),
        Value("[]"),
        function="int8range",
        output_field=BigIntegerRangeField(),
    ),
    RangeOperators.OVERLAPS,
)
SHARED_NIGHT = ("nights", RangeOperators.OVERLAPS)
WHOLE = Q(nights__isempty=False, nights__lower_inf=False, nights__upper_inf=False)
POLICIES = [(policy.value, policy.value) for policy in CancellationPolicy]
KNOWN_POLICY = Q(cancellation_policy__in=[policy.value for policy in CancellationPolicy])
STATUSES = [(status.value, status.value) for status in BookingStatus]


class Listing(models.Model):
    """A place to stay, booked as a whole."""

    # Null for a listing of the site itself.
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="listings",
        null=True,
        db_index=False,
    )
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    city = models.CharField(max_length=120)
    country = models.CharField(max_length=2, db_collation="C")
    latitude = models.DecimalField(max_digits=8, decimal_places=5)
    longitude = models.DecimalField(max_digits=8, decimal_places=5)
    capacity = models.PositiveSmallIntegerField()
    price_per_night = models.DecimalField(max_digits=12, decimal_places=2)
    # Fixed once the listing is created, because its seasonal prices use it too.
    currency = models.CharField(max_length=3, default="EUR")
    cancellation_policy = models.CharField(
        max_length=10, choices=POLICIES, default=CancellationPolicy.FLEXIBLE.value
    )
    is_published = models.BooleanField(default=False, db_default=False)
    # Counts the writes to this row: an optimistic update sends the version it read.
    version = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"),
                name="stays_listing_country_iso_3166",
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90)),
                name="stays_listing_latitude_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(longitude__range=(-180, 180)),
                name="stays_listing_longitude_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1),
                name="stays_listing_capacity_positive",
            ),
            models.CheckConstraint(
                condition=Q(price_per_night__gte=0),
                name="stays_listing_price_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="stays_listing_currency_iso_4217",
            ),
            models.CheckConstraint(condition=KNOWN_POLICY, name="stays_listing_policy_known"),
        ]
        # Each list is ordered by one of these; the last field makes the order total.
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="stays_listing_newest", condition=Q(is_published=True)
            ),
            models.Index(
                fields=["price_per_night", "id"],
                name="stays_listing_price",
                condition=Q(is_published=True),
            ),
            models.Index(Lower("city"), "id", name="stays_listing_city"),
            models.Index(fields=["country", "id"], name="stays_listing_country"),
            models.Index(fields=["host", "id"], name="stays_listing_host"),
        ]

    def __str__(self) -> str:
        return self.title


class SeasonPrice(models.Model):
    """The price per night for a range of nights; a night is in at most one season."""

    # The constraint's index begins with the listing.
    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="seasons", db_index=False
    )
    # From the first night to the day after the last, exclusive.
    nights = DateRangeField()
    price_per_night = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="stays_seasonprice_no_overlap", expressions=[SAME_LISTING, SHARED_NIGHT]
            ),
            models.CheckConstraint(condition=WHOLE, name="stays_seasonprice_nights_whole"),
            models.CheckConstraint(
                condition=Q(price_per_night__gte=0),
                name="stays_seasonprice_price_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["listing", "id"], name="stays_seasonprice_listing"),
        ]

    def __str__(self) -> str:
        return f"{self.nights} of {self.listing_id}"

    @property
    def first_night(self) -> date:
        """The first night."""
        return cast("date", self.nights.lower)

    @property
    def last_night(self) -> date:
        """The last night."""
        return cast("date", self.nights.upper) - timedelta(days=1)


class Booking(models.Model):
    """A guest's nights, with the prices and the policy at the time of booking.

    An exclusion constraint prevents overlapping bookings, whatever the code does.
    """

    listing = models.ForeignKey(
        Listing, on_delete=models.PROTECT, related_name="bookings", db_index=False
    )
    guest = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="bookings",
        null=True,
        db_index=False,
    )
    # From arrival to departure, exclusive.
    nights = DateRangeField()
    status = models.CharField(max_length=10, choices=STATUSES, default=BookingStatus.BOOKED.value)
    guests = models.PositiveSmallIntegerField()
    night_prices = ArrayField(models.DecimalField(max_digits=12, decimal_places=2))
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    cancellation_policy = models.CharField(max_length=10, choices=POLICIES)
    refund = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    booked_at = models.DateTimeField(db_default=Now())
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # anchor: no_overlap
            ExclusionConstraint(
                name="stays_booking_no_overlap",
                expressions=[SAME_LISTING, SHARED_NIGHT],
                condition=~Q(status=BookingStatus.CANCELLED.value),
            ),
            # end: no_overlap
            models.CheckConstraint(condition=WHOLE, name="stays_booking_nights_whole"),
            models.CheckConstraint(condition=KNOWN_POLICY, name="stays_booking_policy_known"),
            models.CheckConstraint(
                condition=Q(guests__gte=1), name="stays_booking_guests_positive"
            ),
            models.CheckConstraint(
                condition=Exact(
                    Func(F("night_prices"), function="cardinality", output_field=IntegerField()),
                    # A date minus a date is a number of days in PostgreSQL.
                    Func(F("nights"), function="upper", output_field=IntegerField())
                    - Func(F("nights"), function="lower", output_field=IntegerField()),
                ),
                name="stays_booking_price_for_each_night",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0), name="stays_booking_total_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(
                    status=BookingStatus.CANCELLED.value,
                    refund__isnull=False,
                    refund__gte=0,
                    refund__lte=F("total"),
                    cancelled_at__isnull=False,
                )
                | Q(
                    status=BookingStatus.BOOKED.value,
                    refund__isnull=True,
                    cancelled_at__isnull=True,
                ),
                name="stays_booking_refund_of_cancelled",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["listing", "id"], name="stays_booking_listing"),
            models.Index(fields=["guest", "id"], name="stays_booking_guest"),
        ]

    def __str__(self) -> str:
        return f"{self.nights} of {self.listing_id}"

    @property
    def arrival(self) -> date:
        """The day of arrival."""
        return cast("date", self.nights.lower)

    @property
    def departure(self) -> date:
        """The day of departure."""
        return cast("date", self.nights.upper)


class Review(models.Model):
    """A guest's only review of a stay."""

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="review")
    rating = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rating__range=(1, 5)), name="stays_review_rating_one_to_five"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating} of 5"
