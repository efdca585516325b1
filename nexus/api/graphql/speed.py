"""What makes queries faster than the libraries are by themselves; none of it changes an answer.

Of the time that a list of products took, a quarter went into validating a query that had been
validated before, and half into asking for each of its 600 values in turn whether it is a queryset.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from graphql import GraphQLObjectType, is_leaf_type, is_list_type
from graphql.type import GraphQLNonNull
from strawberry import Schema
from strawberry.extensions import MaxAliasesLimiter, QueryDepthLimiter, SchemaExtension
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.optimizer import DjangoOptimizerExtension

__all__ = ["Optimizer", "Rules", "make_rules", "read_columns_directly"]


def make_rules(*, depth: int, aliases: int) -> tuple[Any, ...]:
    """Make the rules of how deeply a query may nest, and of how many aliases it may have."""
    limiters = (QueryDepthLimiter(max_depth=depth), MaxAliasesLimiter(max_alias_count=aliases))
    return tuple(rule for limiter in limiters for rule in limiter.validation_rules)


class Rules(SchemaExtension):
    """Rules of validation that were made once.

    The libraries' own make new rules for each query, and what was validated by other rules is never
    found in the cache again.
    """

    def __init__(self, rules: tuple[Any, ...]) -> None:
        super().__init__()
        self.rules = rules

    def on_operation(self) -> Iterator[None]:
        """Have the query validated by these rules too."""
        self.execution_context.validation_rules += self.rules
        yield


class Optimizer(DjangoOptimizerExtension):
    """The optimizer without its look at every single value.

    It looks for querysets that a resolver has given back unread. Ours read theirs as pages, and the
    library's own fields of relations read theirs themselves.
    """

    # The schema asks whether an extension has one of its own.
    resolve = SchemaExtension.resolve  # type: ignore[assignment]


def read_columns_directly(schema: Schema) -> None:
    """Let fields that are an attribute of a model be read as such.

    The library's resolver finds out for each value anew what kind of attribute it is, and prepares
    arguments for resolvers that there are not.
    """
    for made in schema._schema.type_map.values():  # noqa: SLF001 -- Strawberry gives no other way
        if not isinstance(made, GraphQLObjectType):
            continue
        for field in made.fields.values():
            declared = field.extensions.get("strawberry-definition")
            if _is_column(declared) and _is_value(field.type):
                field.resolve = _reader(declared.django_name or declared.python_name)


def _is_column(declared: Any) -> bool:
    return (
        isinstance(declared, StrawberryDjangoField)
        and declared.base_resolver is None
        and not declared.extensions
        and not declared.arguments
    )


def _is_value(kind: Any) -> bool:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return is_leaf_type(inner) and not is_list_type(inner)


def _reader(name: str) -> Any:
    read = attrgetter(name)

    def resolve(source: Any, _info: Any) -> Any:
        return read(source)

    return resolve
