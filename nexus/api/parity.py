"""Which GraphQL type shows the same as which serializer, and where they are meant to differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rest_framework.serializers import Serializer

from nexus.api.about import rest as about_rest
from nexus.api.labs import graphql as labs_graphql
from nexus.api.labs import rest as labs_rest
from nexus.api.library import graphql as library_graphql
from nexus.api.library.rest import claims, pages
from nexus.api.orders.graphql import shipping_quotes as shipping_quotes_graphql
from nexus.api.orders.graphql import types as order_types
from nexus.api.orders.graphql import webhooks as webhooks_graphql
from nexus.api.orders.rest import cart, orders, payments, shipping_quotes, webhooks
from nexus.api.products import graphql as products_graphql
from nexus.api.products.rest import categories, products
from nexus.api.stays import graphql as stays_graphql
from nexus.api.stays.rest import bookings, calendars, listings, reviews
from nexus.api.users.graphql import accounts as accounts_graphql
from nexus.api.users.graphql import second_factors as second_factors_graphql
from nexus.api.users.rest import accounts, second_factors

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
    Pair(pages.PageLinkSerializer, library_graphql.PageLink),
    Pair(
        pages.PageSerializer,
        library_graphql.Page,
        {"claims": WALKED, "sections": PARTED},
    ),
    Pair(pages.SectionSerializer, library_graphql.Section),
    Pair(pages.HitSerializer, library_graphql.Hit),
    Pair(pages.SearchSerializer, library_graphql.SearchResult),
    Pair(claims.ClaimSerializer, library_graphql.Claim, {"figure": "Version 2 has it."}),
    Pair(
        claims.ClaimV2Serializer,
        library_graphql.Claim,
        dict.fromkeys(("value", "interval", "bar", "unit"), "A part of the figure, deprecated."),
    ),
    Pair(claims.FigureSerializer, library_graphql.Figure),
    Pair(labs_rest.LabSerializer, labs_graphql.Lab, {"claims": WALKED, "latest_run": WALKED}),
    Pair(labs_rest.RunSerializer, labs_graphql.Run, {"result": PARTED}),
    Pair(accounts.TokensSerializer, accounts_graphql.Tokens),
    Pair(accounts.AccountSerializer, accounts_graphql.Account),
    Pair(second_factors.SecondFactorSerializer, second_factors_graphql.SecondFactor),
    Pair(second_factors.SetupSerializer, second_factors_graphql.SecondFactorSetup),
    Pair(second_factors.RecoveryCodesSerializer, second_factors_graphql.RecoveryCodes),
    Pair(categories.CategorySerializer, products_graphql.Category),
    Pair(products.ImageSerializer, products_graphql.Image),
    Pair(products.ImportReportSerializer, products_graphql.ImportReport),
    Pair(products.ProductSerializer, products_graphql.Product),
    Pair(cart.CartLineSerializer, order_types.CartLine),
    Pair(cart.CartSerializer, order_types.Cart),
    Pair(orders.OrderLineSerializer, order_types.OrderLine),
    Pair(orders.OrderSerializer, order_types.Order),
    Pair(orders.OrderEventSerializer, order_types.OrderEvent),
    Pair(payments.PaymentSerializer, order_types.Payment),
    Pair(payments.RefundSerializer, order_types.Refund),
    Pair(shipping_quotes.ShippingQuoteSerializer, shipping_quotes_graphql.ShippingQuote),
    Pair(shipping_quotes.UnansweredSerializer, shipping_quotes_graphql.UnansweredCarrier),
    Pair(shipping_quotes.ShippingQuotesSerializer, shipping_quotes_graphql.ShippingQuotes),
    Pair(webhooks.WebhookSerializer, webhooks_graphql.Webhook),
    Pair(webhooks.RegisteredSerializer, webhooks_graphql.RegisteredWebhook),
    Pair(webhooks.DeliverySerializer, webhooks_graphql.WebhookDelivery),
    Pair(listings.ListingSerializer, stays_graphql.Listing),
    Pair(calendars.SeasonSerializer, stays_graphql.SeasonPrice),
    Pair(calendars.DaySerializer, stays_graphql.StayDay),
    Pair(calendars.CalendarSerializer, stays_graphql.StayCalendar),
    Pair(bookings.BookingSerializer, stays_graphql.Booking),
    Pair(reviews.ReviewSerializer, stays_graphql.Review),
)

ONLY_IN_REST = {
    accounts.ExportSerializer: "A download: one takes all of it.",
    payments.CallbackAnswerSerializer: "Providers of payments call it, and know no graph.",
    webhooks.SecretSerializer: "In a graph it is a plain text.",
    about_rest.RootSerializer: "A graph has one address.",
    about_rest.ProblemKindSerializer: "The codes are the same; they are listed once.",
    pages.PageSummarySerializer: "In a graph one asks for the fields that one wants.",
    products.ProductSummarySerializer: "In a graph one asks for the fields that one wants.",
    listings.ListingSummarySerializer: "In a graph one asks for the fields that one wants.",
    labs_rest.RunSummarySerializer: "In a graph one asks for the fields that one wants.",
}
"""The serializers of views that no type stands beside, each with the reason."""
