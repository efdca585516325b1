"""What carriers would take for what is in one's cart."""

from datetime import datetime
from decimal import Decimal

import strawberry

from nexus.api.graphql.context import Info
from nexus.api.inputs import validate
from nexus.api.orders.graphql.types import ShippingMethod
from nexus.api.orders.inputs import QuoteInput
from nexus.apps.orders import services
from nexus.apps.orders.carriers.quotes import Silence

__all__ = ["ShippingQuote", "ShippingQuotes", "ShippingQuotesQuery", "UnansweredCarrier"]

CarrierSilence = strawberry.enum(
    Silence, name="CarrierSilence", description="Why a carrier has not answered."
)


@strawberry.type(description="What a carrier takes.")
class ShippingQuote:
    """A quote."""

    carrier: str
    shipping_method: ShippingMethod
    price: Decimal
    currency: str
    days: int = strawberry.field(description="How long it is under way.")
    quote: str = strawberry.field(description="What placeOrder is sent to take this.")
    expires_at: datetime


@strawberry.type(description="A carrier that did not answer.")
class UnansweredCarrier:
    """A carrier without an answer."""

    carrier: str
    reason: CarrierSilence


@strawberry.type(description="What the carriers said in time, the cheapest first.")
class ShippingQuotes:
    """The answer of all."""

    quotes: list[ShippingQuote]
    unanswered: list[UnansweredCarrier]


@strawberry.type
class ShippingQuotesQuery:
    """Asking the carriers."""

    @strawberry.field(description="Ask every carrier at once what it takes for one's cart.")
    def shipping_quotes(self, info: Info, *, country: str, postal_code: str = "") -> ShippingQuotes:
        user = info.context.require_user()
        sent = validate(QuoteInput, country=country, postal_code=postal_code)
        return services.quote_shipping(by=user, **sent)
