"""Which GraphQL type corresponds to which serializer, and where they differ on purpose."""

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

    `differences` maps every field that differs, by its name in REST, to the reason.
    """

    serializer: type[Serializer]  # type: ignore[type-arg]
    graphql: type
    differences: Mapping[str, str] = field(default_factory=dict)


TRAVERSED = "A graph is traversed to it; REST returns the name to follow."
SERVED_APART = "REST serves it at an address of its own, since it is large."

PAIRS = (
    Pair(pages.PageLinkSerializer, library_graphql.PageLink),
    Pair(
        pages.PageSerializer,
        library_graphql.Page,
        {"claims": TRAVERSED, "sections": SERVED_APART},
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
    Pair(labs_rest.LabSerializer, labs_graphql.Lab, {"claims": TRAVERSED, "latest_run": TRAVERSED}),
    Pair(labs_rest.RunSerializer, labs_graphql.Run, {"result": SERVED_APART}),
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
    accounts.ExportSerializer: "A download, which is taken as a whole.",
    payments.CallbackAnswerSerializer: "Payment providers call it, and they do not use GraphQL.",
    webhooks.SecretSerializer: "In GraphQL it is a string.",
    about_rest.RootSerializer: "GraphQL has one address.",
    about_rest.ProblemKindSerializer: "The codes are the same; they are listed once.",
    pages.PageSummarySerializer: "In GraphQL the client selects fields.",
    products.ProductSummarySerializer: "In GraphQL the client selects fields.",
    listings.ListingSummarySerializer: "In GraphQL the client selects fields.",
    labs_rest.RunSummarySerializer: "In GraphQL the client selects fields.",
}
"""The serializers of views without a GraphQL type, each with the reason."""
