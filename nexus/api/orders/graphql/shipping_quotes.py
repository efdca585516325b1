"""Shipping quotes for a cart."""

from datetime import datetime
from decimal import Decimal

import strawberry

from nexus.api.graphql.context import Info
from nexus.api.graphql.inputs import Values, takes
from nexus.api.orders.graphql.types import ShippingMethod
from nexus.api.orders.inputs import QuoteInput
from nexus.apps.orders import services
from nexus.apps.orders.carriers.quotes import Silence

__all__ = ["ShippingQuote", "ShippingQuotes", "ShippingQuotesQuery", "UnansweredCarrier"]

CarrierSilence = strawberry.enum(
    Silence, name="CarrierSilence", description="Why a carrier has not responded."
)


@strawberry.type(description="A carrier's offer.")
class ShippingQuote:
    """A quote."""

    carrier: str
    shipping_method: ShippingMethod
    price: Decimal
    currency: str
    days: int = strawberry.field(description="Days in transit.")
    quote: str = strawberry.field(description="Send this to placeOrder to use this offer.")
    expires_at: datetime


@strawberry.type(description="A carrier that did not respond.")
class UnansweredCarrier:
    """A carrier without an offer."""

    carrier: str
    reason: CarrierSilence


@strawberry.type(description="The offers that arrived in time, cheapest first.")
class ShippingQuotes:
    """The offers of all carriers."""

    quotes: list[ShippingQuote]
    unanswered: list[UnansweredCarrier]


@strawberry.type
class ShippingQuotesQuery:
    """Queries of carriers."""

    @strawberry.field(description="Request shipping quotes from all carriers for your cart.")
    @takes(QuoteInput)
    def shipping_quotes(self, info: Info, values: Values) -> ShippingQuotes:
        return services.quote_shipping(by=info.context.require_user(), **values)
