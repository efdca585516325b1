"""Which GraphQL type shows the same as which serializer, and where they are meant to differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rest_framework.serializers import Serializer

from nexus.api.graphql import labs as labs_types
from nexus.api.graphql import library as library_types
from nexus.api.graphql import orders as orders_types
from nexus.api.graphql import products as products_types
from nexus.api.graphql import second_factors as second_factors_types
from nexus.api.graphql import shipping_quotes as shipping_quotes_types
from nexus.api.graphql import stays as stays_types
from nexus.api.graphql import users as users_types
from nexus.api.graphql import webhooks as webhooks_types
from nexus.api.rest import (
    about,
    categories,
    claims,
    labs,
    library,
    orders,
    products,
    second_factors,
    shipping_quotes,
    stays,
    users,
    webhooks,
)

__all__ = ["ONLY_IN_REST", "PAIRS", "Pair"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A serializer and a type of the same resource.

    `differing` gives the reason for every field, by its name in REST, that is not alike in both.
    """

    serializer: type[Serializer]  # type: ignore[type-arg]
    graphql: type
    differing: Mapping[str, str] = field(default_factory=dict)


WALKED = "In a graph one walks to it; REST gives the name to follow."
PARTED = "REST serves it under an address of its own, since it is large."

PAIRS = (
    Pair(library.PageLinkSerializer, library_types.PageLink),
    Pair(
        library.PageSerializer,
        library_types.Page,
        {"claims": WALKED, "sections": PARTED},
    ),
    Pair(library.SectionSerializer, library_types.Section),
    Pair(library.HitSerializer, library_types.Hit),
    Pair(library.SearchSerializer, library_types.SearchResult),
    Pair(claims.ClaimSerializer, library_types.Claim, {"figure": "Version 2 has it."}),
    Pair(
        claims.ClaimV2Serializer,
        library_types.Claim,
        dict.fromkeys(("value", "interval", "bar", "unit"), "A part of the figure, deprecated."),
    ),
    Pair(claims.FigureSerializer, library_types.Figure),
    Pair(labs.LabSerializer, labs_types.Lab, {"claims": WALKED, "latest_run": WALKED}),
    Pair(labs.RunSerializer, labs_types.Run, {"result": PARTED}),
    Pair(users.TokensSerializer, users_types.Tokens),
    Pair(users.AccountSerializer, users_types.Account),
    Pair(second_factors.SecondFactorSerializer, second_factors_types.SecondFactor),
    Pair(second_factors.SetupSerializer, second_factors_types.SecondFactorSetup),
    Pair(second_factors.RecoveryCodesSerializer, second_factors_types.RecoveryCodes),
    Pair(categories.CategorySerializer, products_types.Category),
    Pair(products.ImageSerializer, products_types.Image),
    Pair(products.ImportReportSerializer, products_types.ImportReport),
    Pair(products.ProductSerializer, products_types.Product),
    Pair(orders.CartLineSerializer, orders_types.CartLine),
    Pair(orders.CartSerializer, orders_types.Cart),
    Pair(orders.OrderLineSerializer, orders_types.OrderLine),
    Pair(orders.OrderSerializer, orders_types.Order),
    Pair(orders.OrderEventSerializer, orders_types.OrderEvent),
    Pair(orders.PaymentSerializer, orders_types.Payment),
    Pair(orders.RefundSerializer, orders_types.Refund),
    Pair(shipping_quotes.ShippingQuoteSerializer, shipping_quotes_types.ShippingQuote),
    Pair(shipping_quotes.UnansweredSerializer, shipping_quotes_types.UnansweredCarrier),
    Pair(shipping_quotes.ShippingQuotesSerializer, shipping_quotes_types.ShippingQuotes),
    Pair(webhooks.WebhookSerializer, webhooks_types.Webhook),
    Pair(webhooks.RegisteredSerializer, webhooks_types.RegisteredWebhook),
    Pair(webhooks.DeliverySerializer, webhooks_types.WebhookDelivery),
    Pair(stays.ListingSerializer, stays_types.Listing),
    Pair(stays.SeasonSerializer, stays_types.SeasonPrice),
    Pair(stays.DaySerializer, stays_types.StayDay),
    Pair(stays.CalendarSerializer, stays_types.StayCalendar),
    Pair(stays.BookingSerializer, stays_types.Booking),
    Pair(stays.ReviewSerializer, stays_types.Review),
)

ONLY_IN_REST = {
    users.ExportSerializer: "A download: one takes all of it.",
    orders.CallbackAnswerSerializer: "Providers of payments call it, and know no graph.",
    webhooks.SecretSerializer: "In a graph it is a plain text.",
    about.RootSerializer: "A graph has one address.",
    about.ProblemKindSerializer: "The codes are the same; they are listed once.",
    library.PageSummarySerializer: "In a graph one asks for the fields that one wants.",
    products.ProductSummarySerializer: "In a graph one asks for the fields that one wants.",
    stays.ListingSummarySerializer: "In a graph one asks for the fields that one wants.",
    labs.RunSummarySerializer: "In a graph one asks for the fields that one wants.",
}
"""The serializers of views that no type stands beside, each with the reason."""
