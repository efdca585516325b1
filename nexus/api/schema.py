"""The GraphQL schema: the types of all apps, the limits of a query, and its errors."""

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
"""Limits of a query: nesting, aliases, and tokens."""

log = structlog.get_logger()


@strawberry.type(description="All queries.")
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
    """All queries."""


@strawberry.type(description="All mutations.")
class Mutation(
    LabsMutation,
    OrdersMutation,
    ProductsMutation,
    SecondFactorsMutation,
    StaysMutation,
    UsersMutation,
    WebhooksMutation,
):
    """All mutations."""


class NexusSchema(strawberry.Schema):
    """A schema whose errors have the codes of REST's problems."""

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: Any = None,  # noqa: ARG002 -- Strawberry passes it by this name
    ) -> None:
        """Add problem details to each error; an unexpected one is logged and reported as such."""
        for error in errors:
            add_problem_details(error)


def add_problem_details(error: GraphQLError) -> None:
    """Add the members of REST's problem details to an error."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if original is None:
        error.extensions = {"code": "invalid_query", "status": 400, **(error.extensions or {})}
        return
    nexus_error = to_nexus_error(original)
    if nexus_error is None:
        log.error("graphql_failed", path=error.path, exc_info=original)
        error.message = "Internal server error. It has been logged."
        error.extensions = {"code": "error", "status": 500}
        return
    details = problem_details(nexus_error)
    error.message = details.pop("detail")
    error.extensions = details


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
