"""Listings, their seasons and calendars, bookings and reviews."""

from datetime import date, datetime
from decimal import Decimal

import strawberry
import strawberry_django
from strawberry.relay import Connection

from nexus.api.graphql.connections import paginate
from nexus.api.graphql.context import Info
from nexus.api.graphql.enums import make_enum
from nexus.api.graphql.inputs import Values, takes
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import DEFAULT_PAGE_SIZE
from nexus.api.stays.inputs import (
    BookingInput,
    CalendarParameters,
    ListingChangeInput,
    ListingInput,
    ListingListParameters,
    ReviewInput,
    SeasonInput,
)
from nexus.apps.stays import models, policies, queries, services

__all__ = [
    "Booking",
    "Listing",
    "Review",
    "SeasonPrice",
    "StayCalendar",
    "StayDay",
    "StaysMutation",
    "StaysQuery",
]

ListingOrder = make_enum(
    "ListingOrder",
    queries.ORDERS,
    "The order of listings; _PRICE means highest price first.",
)
CancellationPolicy = strawberry.enum(
    policies.CancellationPolicy, description="How much a guest gets back after cancelling."
)
POLICIES = {"cancellation_policy": CancellationPolicy}
BookingStatus = strawberry.enum(policies.BookingStatus, description="The status of a booking.")


@strawberry_django.type(models.Listing, description="A place to stay, booked as a whole.")
class Listing:
    """A listing."""

    id: BigInt
    title: strawberry.auto
    description: strawberry.auto
    host: BigInt | None = strawberry_django.field(
        field_name="host_id", only=["host_id"], description="Null: offered by the house itself."
    )
    city: strawberry.auto
    country: strawberry.auto
    latitude: Decimal
    longitude: Decimal
    capacity: int
    price_per_night: Decimal
    currency: strawberry.auto
    cancellation_policy: CancellationPolicy
    is_published: strawberry.auto
    created_at: datetime
    version: int


@strawberry_django.type(models.SeasonPrice, description="Nights with a price of their own.")
class SeasonPrice:
    """A season."""

    id: BigInt
    first_night: date = strawberry_django.field(only=["nights"])
    last_night: date = strawberry_django.field(only=["nights"])
    price_per_night: Decimal


@strawberry.type(description="One night of a listing.")
class StayDay:
    """One night of a listing."""

    date: date
    is_free: bool
    price_per_night: Decimal


@strawberry.type(description="The nights of a month.")
class StayCalendar:
    """The nights of a month."""

    month: str
    currency: str
    days: list[StayDay]


@strawberry_django.type(
    models.Booking, description="Booked nights, at the prices of the time of booking."
)
class Booking:
    """A booking."""

    id: BigInt
    listing: Listing
    guest: BigInt | None = strawberry_django.field(field_name="guest_id", only=["guest_id"])
    arrival: date = strawberry_django.field(only=["nights"])
    departure: date = strawberry_django.field(only=["nights"])
    guests: int
    status: BookingStatus
    night_prices: list[Decimal]
    total: Decimal
    currency: strawberry.auto
    cancellation_policy: CancellationPolicy
    refund: Decimal | None
    booked_at: datetime
    cancelled_at: datetime | None


@strawberry_django.type(models.Review, description="A guest's review of a stay.")
class Review:
    """A review."""

    id: BigInt
    rating: int
    text: strawberry.auto
    created_at: datetime


@strawberry.type
class StaysQuery:
    """Queries of stays."""

    @strawberry.field(
        description="The published listings that match every filter and are free on the dates."
    )
    @takes(ListingListParameters, enums={"order": ListingOrder}, anonymous=True)
    def listings(
        self, info: Info, values: Values, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Listing]:
        order = queries.ORDERS[values.pop("order")]
        values.pop("limit")
        rows = queries.find_listings(**values)
        return paginate(rows, info, order=order, first=first, after=after)

    @strawberry.field(description="Your listings, drafts included, newest first.")
    def own_listings(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Listing]:
        rows = queries.list_own_listings(info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(
        description="One listing. Drafts are visible only to those who can change them."
    )
    def listing(self, info: Info, listing_id: Id) -> Listing | None:
        return queries.get_listing(listing_id, by=info.context.user)

    @strawberry.field(description="The nights of a month: availability and price.")
    @takes(CalendarParameters, anonymous=True)
    def stay_calendar(self, info: Info, listing: BigInt, values: Values) -> StayCalendar | None:
        return queries.get_calendar(listing, by=info.context.user, **values)

    @strawberry.field(description="The seasonal prices of a listing.")
    def season_prices(
        self, info: Info, listing: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[SeasonPrice]:
        rows = queries.list_seasons(listing, by=info.context.user)
        return paginate(rows, info, order=("id",), first=first, after=after)

    @strawberry.field(description="The reviews of a listing, newest first.")
    def reviews(
        self, info: Info, listing: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Review]:
        rows = queries.list_reviews(listing, by=info.context.user)
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="Your bookings, newest first.")
    def own_bookings(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Booking]:
        rows = queries.list_own_bookings(info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="The bookings of a listing, for its host, newest first.")
    def listing_bookings(
        self, info: Info, listing: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Booking]:
        rows = queries.list_bookings(listing, by=info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="One booking, for its guest and its host.")
    def booking(self, info: Info, booking_id: Id) -> Booking | None:
        return queries.get_booking(booking_id, by=info.context.require_user())


@strawberry.type
class StaysMutation:
    """Mutations of stays."""

    @strawberry.mutation(description="Create a listing; a draft unless isPublished is true.")
    @takes(ListingInput, enums=POLICIES)
    def create_listing(self, info: Info, values: Values) -> Listing:
        return services.create_listing(by=info.context.require_user(), **values)

    @strawberry.mutation(
        description="Change or publish a listing, if its version is still the one you read."
    )
    @takes(ListingChangeInput, enums=POLICIES)
    def change_listing(self, info: Info, listing_id: Id, version: int, values: Values) -> Listing:
        user = info.context.require_user()
        return services.change_listing(listing_id=listing_id, version=version, by=user, **values)

    @strawberry.mutation(description="Set a seasonal price for nights of a listing.")
    @takes(SeasonInput)
    def set_season_price(self, info: Info, listing: BigInt, values: Values) -> SeasonPrice:
        user = info.context.require_user()
        return services.set_season_price(listing_id=listing, by=user, **values)

    @strawberry.mutation(description="Remove a seasonal price; the usual price applies again.")
    def remove_season_price(self, info: Info, listing: BigInt, season: BigInt) -> Listing:
        user = info.context.require_user()
        services.remove_season_price(listing_id=listing, season_id=season, by=user)
        return queries.get_listing(listing, by=user)

    @strawberry.mutation(
        description="Book nights at current prices and under the current cancellation policy."
    )
    @takes(BookingInput)
    def book(self, info: Info, listing: BigInt, values: Values) -> Booking:
        return services.book(listing_id=listing, by=info.context.require_user(), **values)

    @strawberry.mutation(description="Cancel a booking. The refund is in the result.")
    def cancel_booking(self, info: Info, booking_id: Id) -> Booking:
        user = info.context.require_user()
        return services.cancel_booking(booking_id=booking_id, by=user)

    @strawberry.mutation(description="Review a stay, once, as its guest.")
    @takes(ReviewInput)
    def review_stay(self, info: Info, booking: BigInt, values: Values) -> Review:
        user = info.context.require_user()
        return services.review_stay(booking_id=booking, by=user, **values)
