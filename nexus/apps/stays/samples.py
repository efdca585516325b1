"""Deterministic travel sites of any size, for labs, tests and demonstrations.

PostgreSQL generates the rows, with one statement for each table. Dates are relative to a given day,
so that a site has past and upcoming bookings.
"""

from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction

from nexus.core.database.bulk_load import deferred_constraints

__all__ = ["TravelSite"]

# Scatters consecutive numbers, as in a linear congruential generator, so that prices and lengths
# look random and are the same everywhere.
SPREAD = 2_654_435_761

CITIES = (
    ("Porto", "PT", "41.15", "-8.61"),
    ("Lyon", "FR", "45.76", "4.83"),
    ("Accra", "GH", "5.60", "-0.19"),
    ("Nairobi", "KE", "-1.29", "36.82"),
    ("Lagos", "NG", "6.52", "3.38"),
    ("Kyoto", "JP", "35.01", "135.77"),
    ("Oaxaca", "MX", "17.07", "-96.73"),
    ("Tallinn", "EE", "59.44", "24.75"),
    ("Hobart", "AU", "-42.88", "147.33"),
    ("Cusco", "PE", "-13.53", "-71.97"),
)
KINDS = ("Quiet room", "Two beds", "Small house", "Old flat", "Garden cabin", "Studio", "Loft")
SIGHTS = ("by the harbour", "near the market", "above the park", "in the old town", "on the hill")
WORDS = ("Quiet and clean.", "As described.", "A good host.", "Noisy at night.", "Close to it all.")

LISTINGS = """
INSERT INTO stays_listing (title, description, city, country, latitude, longitude, capacity,
    price_per_night, currency, cancellation_policy, is_published)
SELECT (%(kinds)s::text[])[1 + r %% %(n_kinds)s] || ' ' || (%(sights)s::text[])[1 + r / 16 %% 5]
           || ' ' || n,
       repeat('A place to sleep. ', (1 + r / 256 %% 8)::int),
       (%(cities)s::text[])[city], (%(countries)s::text[])[city],
       (%(latitudes)s::text[])[city]::numeric + (r / 512 %% 1000 - 500) / 10000.0,
       (%(longitudes)s::text[])[city]::numeric + (r / 4096 %% 1000 - 500) / 10000.0,
       1 + r / 32 %% 6, (3000 + r / 64 %% 20000) / 100.0, 'EUR',
       (ARRAY['flexible', 'moderate', 'strict'])[1 + r / 128 %% 3], true
FROM (
    SELECT n, n * %(spread)s %% 4294967296 AS r,
           1 + n * %(spread)s %% 4294967296 / 8 %% %(n_cities)s AS city
    FROM generate_series(1::bigint, %(listings)s) AS n
) AS numbered
ORDER BY n
"""

# One season for each listing: 60 nights from the 90th day, 25% more expensive.
SEASONS = """
INSERT INTO stays_seasonprice (listing_id, nights, price_per_night)
SELECT id, daterange(%(today)s::date + 90, %(today)s::date + 150), round(price_per_night * 1.25, 2)
FROM stays_listing ORDER BY id
"""

# A listing's bookings are a week apart, so that none overlap; the last `ahead` of them are
# upcoming, and one in fifteen was cancelled.
BOOKINGS = """
INSERT INTO stays_booking (listing_id, nights, status, guests, night_prices, total, currency,
    cancellation_policy, refund, booked_at, cancelled_at)
SELECT id, daterange(arrival, arrival + length), CASE WHEN gone THEN 'cancelled' ELSE 'booked' END,
       1 + r / 512 %% capacity, array_fill(price_per_night, ARRAY[length]),
       price_per_night * length, currency, cancellation_policy,
       CASE WHEN gone THEN price_per_night * length END,
       arrival - interval '40 days', CASE WHEN gone THEN arrival - interval '30 days' END
FROM (
    SELECT listing.*, r, (2 + r / 64 %% 5)::int AS length, r / 1024 %% 15 = 0 AS gone,
           (%(today)s::date + 7 * (number - %(each)s + %(ahead)s))::date AS arrival, number
    FROM (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM stays_listing) AS listing
    CROSS JOIN generate_series(0, %(each)s - 1) AS number
    CROSS JOIN LATERAL (
        SELECT (place * %(each)s + number + 1) * %(spread)s %% 4294967296 AS r
    ) AS spread
    WHERE place * %(each)s + number < %(bookings)s
) AS dated
ORDER BY id, number
"""

# Two of three guests who stayed write a review.
REVIEWS = """
INSERT INTO stays_review (booking_id, rating, text)
SELECT id, 5 - least(r / 64 %% 8, 4), (%(words)s::text[])[1 + r / 16 %% 5]
FROM (
    SELECT id, row_number() OVER (ORDER BY id) * %(spread)s %% 4294967296 AS r
    FROM stays_booking
    WHERE status = 'booked' AND upper(nights) <= %(today)s
) AS ended
WHERE r / 1024 %% 3 < 2
ORDER BY id
"""


@dataclass(frozen=True, kw_only=True)
class TravelSite:
    """A site with `bookings` bookings, `each` for one listing of the site itself.

    A fifth of a listing's bookings are after `today`.
    """

    bookings: int = 0
    each: int = 100
    today: date = field(default=date(2026, 1, 1))

    @property
    def key(self) -> str:
        """The name of this data: the same key means the same rows."""
        return f"stays-{self.bookings}-each-{self.each}-{self.today}"

    @property
    def listings(self) -> int:
        """How many listings the bookings need."""
        return -(-self.bookings // self.each)

    @transaction.atomic
    def fill(self) -> None:
        """Write the rows into an empty database."""
        cities, countries, latitudes, longitudes = (
            list(column) for column in zip(*CITIES, strict=True)
        )
        parameters: dict[str, int | date | list[str]] = {
            "kinds": list(KINDS),
            "n_kinds": len(KINDS),
            "sights": list(SIGHTS),
            "words": list(WORDS),
            "cities": cities,
            "countries": countries,
            "latitudes": latitudes,
            "longitudes": longitudes,
            "n_cities": len(CITIES),
            "spread": SPREAD,
            "listings": self.listings,
            "bookings": self.bookings,
            "each": self.each,
            "ahead": self.each // 5,
            "today": self.today,
        }
        with connection.cursor() as cursor:
            for table, statement in (
                ("stays_listing", LISTINGS),
                ("stays_seasonprice", SEASONS),
                ("stays_booking", BOOKINGS),
                ("stays_review", REVIEWS),
            ):
                with deferred_constraints(cursor, table):
                    cursor.execute(statement, parameters)
