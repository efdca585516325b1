"""Listings, their seasons and calendars, bookings and reviews."""

from datetime import date, datetime
from decimal import Decimal

import strawberry
import strawberry_django
from strawberry.relay import Connection

from nexus.api.graphql.connections import paginate
from nexus.api.graphql.context import Info
from nexus.api.graphql.enums import enum_value, make_enum
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import DEFAULT_PAGE_SIZE, validate
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
    "How listings are ordered; _PRICE is the highest price first.",
)
CancellationPolicy = strawberry.enum(
    policies.CancellationPolicy, description="How much a guest who cancels gets back."
)
BookingStatus = strawberry.enum(
    policies.BookingStatus, description="Whether a booking holds its nights."
)


@strawberry_django.type(models.Listing, description="A place to sleep, booked as a whole.")
class Listing:
    """A listing."""

    id: BigInt
    title: strawberry.auto
    description: strawberry.auto
    host: BigInt | None = strawberry_django.field(
        field_name="host_id", only=["host_id"], description="Null: the house itself."
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


@strawberry.type(description="The nights of one month.")
class StayCalendar:
    """The nights of one month."""

    month: str
    currency: str
    days: list[StayDay]


@strawberry_django.type(
    models.Booking, description="Nights that a guest has, at the prices of the moment of booking."
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


@strawberry_django.type(models.Review, description="What a guest says of a stay.")
class Review:
    """A review."""

    id: BigInt
    rating: int
    text: strawberry.auto
    created_at: datetime


@strawberry.type
class StaysQuery:
    """Reads of stays."""

    @strawberry.field(description="The published listings that fit and are free as asked.")
    def listings(  # noqa: PLR0913 -- one argument for each documented filter
        self,
        info: Info,
        *,
        city: str | None = None,
        country: str | None = None,
        arrival: date | None = None,
        nights: int | None = None,
        guests: int | None = None,
        min_price: str | None = None,
        max_price: str | None = None,
        order: ListingOrder = ListingOrder.NEWEST,
        first: int = DEFAULT_PAGE_SIZE,
        after: str = "",
    ) -> Connection[Listing]:
        chosen = validate(
            ListingListParameters,
            city=city,
            country=country,
            arrival=arrival,
            nights=nights,
            guests=guests,
            min_price=min_price,
            max_price=max_price,
            order=enum_value(order),
        )
        by = queries.ORDERS[chosen.pop("order")]
        chosen.pop("limit")
        rows = queries.find_listings(**chosen)
        return paginate(rows, info, order=by, first=first, after=after)

    @strawberry.field(description="One's own listings, drafts too, the newest first.")
    def own_listings(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Listing]:
        rows = queries.list_own_listings(info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="One listing; a draft only for who may change it.")
    def listing(self, info: Info, listing_id: Id) -> Listing | None:
        return queries.get_listing(listing_id, by=info.context.user)

    @strawberry.field(description="Each night of a month: whether it is free, and what it costs.")
    def stay_calendar(self, info: Info, listing: BigInt, month: str) -> StayCalendar | None:
        asked = validate(CalendarParameters, month=month)
        return queries.get_calendar(listing, by=info.context.user, **asked)

    @strawberry.field(description="The nights of a listing that have a price of their own.")
    def season_prices(
        self, info: Info, listing: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[SeasonPrice]:
        rows = queries.list_seasons(listing, by=info.context.user)
        return paginate(rows, info, order=("id",), first=first, after=after)

    @strawberry.field(description="What guests who stayed say, the newest first.")
    def reviews(
        self, info: Info, listing: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Review]:
        rows = queries.list_reviews(listing, by=info.context.user)
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="The bookings that one made, the newest first.")
    def own_bookings(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Booking]:
        rows = queries.list_own_bookings(info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="The bookings of a listing, for its host, the newest first.")
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
    """Writes of stays."""

    @strawberry.mutation(description="Offer a place, a draft unless isPublished is true.")
    def create_listing(  # noqa: PLR0913 -- one argument for each member of a listing
        self,
        info: Info,
        *,
        title: str,
        city: str,
        country: str,
        latitude: str,
        longitude: str,
        capacity: int,
        price_per_night: str,
        currency: str = "EUR",
        description: str = "",
        cancellation_policy: CancellationPolicy = policies.CancellationPolicy.FLEXIBLE,
        is_published: bool = False,
    ) -> Listing:
        user = info.context.require_user()
        wanted = validate(
            ListingInput,
            title=title,
            city=city,
            country=country,
            latitude=latitude,
            longitude=longitude,
            capacity=capacity,
            price_per_night=price_per_night,
            currency=currency,
            description=description,
            cancellation_policy=cancellation_policy,
            is_published=is_published,
        )
        return services.create_listing(by=user, **wanted)

    @strawberry.mutation(
        description="Change or publish a listing, if its version is the one you read."
    )
    def change_listing(  # noqa: PLR0913 -- one argument for each member of a listing
        self,
        info: Info,
        *,
        listing_id: Id,
        version: int,
        title: str | None = None,
        description: str | None = None,
        city: str | None = None,
        country: str | None = None,
        latitude: str | None = None,
        longitude: str | None = None,
        capacity: int | None = None,
        price_per_night: str | None = None,
        cancellation_policy: CancellationPolicy | None = None,
        is_published: bool | None = None,
    ) -> Listing:
        user = info.context.require_user()
        changes = validate(
            ListingChangeInput,
            title=title,
            description=description,
            city=city,
            country=country,
            latitude=latitude,
            longitude=longitude,
            capacity=capacity,
            price_per_night=price_per_night,
            cancellation_policy=cancellation_policy,
            is_published=is_published,
        )
        return services.change_listing(listing_id=listing_id, version=version, by=user, **changes)

    @strawberry.mutation(description="Give some nights of a listing a price of their own.")
    def set_season_price(
        self, info: Info, *, listing: BigInt, first_night: date, nights: int, price_per_night: str
    ) -> SeasonPrice:
        user = info.context.require_user()
        wanted = validate(
            SeasonInput, first_night=first_night, nights=nights, price_per_night=price_per_night
        )
        return services.set_season_price(listing_id=listing, by=user, **wanted)

    @strawberry.mutation(description="Let the nights of a season cost the usual again.")
    def remove_season_price(self, info: Info, listing: BigInt, season: BigInt) -> Listing:
        user = info.context.require_user()
        services.remove_season_price(listing_id=listing, season_id=season, by=user)
        return queries.get_listing(listing, by=user)

    @strawberry.mutation(description="Book nights, at the prices and under the policy of now.")
    def book(
        self, info: Info, *, listing: BigInt, arrival: date, nights: int, guests: int
    ) -> Booking:
        user = info.context.require_user()
        wanted = validate(BookingInput, arrival=arrival, nights=nights, guests=guests)
        return services.book(listing_id=listing, by=user, **wanted)

    @strawberry.mutation(description="Free the nights of a booking; says what is paid back.")
    def cancel_booking(self, info: Info, booking_id: Id) -> Booking:
        user = info.context.require_user()
        return services.cancel_booking(booking_id=booking_id, by=user)

    @strawberry.mutation(description="Say how a stay was, as the guest who stayed, once.")
    def review_stay(self, info: Info, booking: BigInt, rating: int, text: str = "") -> Review:
        user = info.context.require_user()
        wanted = validate(ReviewInput, rating=rating, text=text)
        return services.review_stay(booking_id=booking, by=user, **wanted)
