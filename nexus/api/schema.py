"""The schema: types of all apps, the limits of a query, and errors worded for programs."""

from typing import Any

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.extensions import (
    AddValidationRules,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry_django.optimizer import DjangoOptimizerExtension

from nexus.api.graphql.limits import QueryLimits
from nexus.api.graphql.scalars import BIG_INT, BigInt
from nexus.api.labs.graphql import LabsMutation, LabsQuery
from nexus.api.library.graphql import LibraryQuery
from nexus.api.orders.graphql.mutations import OrdersMutation
from nexus.api.orders.graphql.queries import OrdersQuery
from nexus.api.orders.graphql.shipping_quotes import ShippingQuotesQuery
from nexus.api.orders.graphql.webhooks import WebhooksMutation, WebhooksQuery
from nexus.api.problems import problem_details, to_nexus_error
from nexus.api.products.graphql import ProductsMutation, ProductsQuery
from nexus.api.stays.graphql import StaysMutation, StaysQuery
from nexus.api.users.graphql.accounts import UsersMutation, UsersQuery
from nexus.api.users.graphql.second_factors import SecondFactorsMutation, SecondFactorsQuery

__all__ = ["schema"]

MAX_DEPTH, MAX_ALIASES, MAX_TOKENS = 10, 20, 1_000
"""How deeply a query may nest, how many aliases it may have, and how many words and signs."""

log = structlog.get_logger()


@strawberry.type(description="Everything that can be read.")
class Query(
    LibraryQuery,
    LabsQuery,
    OrdersQuery,
    ProductsQuery,
    SecondFactorsQuery,
    ShippingQuotesQuery,
    StaysQuery,
    UsersQuery,
    WebhooksQuery,
):
    """Everything that can be read."""


@strawberry.type(description="Everything that can be changed.")
class Mutation(
    LabsMutation,
    OrdersMutation,
    ProductsMutation,
    SecondFactorsMutation,
    StaysMutation,
    UsersMutation,
    WebhooksMutation,
):
    """Everything that can be changed."""


class NexusSchema(strawberry.Schema):
    """A schema whose errors carry the codes of REST's problems."""

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: Any = None,  # noqa: ARG002 -- Strawberry passes it by this name
    ) -> None:
        """Word each error; what is unforeseen is logged and told as such."""
        for error in errors:
            add_problem_details(error)


def add_problem_details(error: GraphQLError) -> None:
    """Give an error the members that a problem has in REST."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if original is None:
        error.extensions = {"code": "invalid_query", "status": 400, **(error.extensions or {})}
        return
    known = to_nexus_error(original)
    if known is None:
        log.error("graphql_failed", path=error.path, exc_info=original)
        error.message = "This is a fault of the server, and it has been logged."
        error.extensions = {"code": "error", "status": 500}
        return
    told = problem_details(known)
    error.message = told.pop("detail")
    error.extensions = told


RULES = [
    *QueryDepthLimiter(max_depth=MAX_DEPTH).validation_rules,
    *MaxAliasesLimiter(max_alias_count=MAX_ALIASES).validation_rules,
]
"""Made once: `ValidationCache` finds a query again only if it was validated by the same rules."""

schema = NexusSchema(
    query=Query,
    mutation=Mutation,
    config=StrawberryConfig(scalar_map={BigInt: BIG_INT}),
    extensions=[
        lambda: AddValidationRules(RULES),
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        ParserCache,
        ValidationCache,
        QueryLimits,
        DjangoOptimizerExtension,
    ],
)
