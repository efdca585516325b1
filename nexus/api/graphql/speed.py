"""What makes queries faster than the libraries are by themselves; none of it changes an answer.

Of the time that a list of products took, a quarter went into validating a query that had been
validated before, and half into asking for each of its 600 values in turn whether it is a queryset.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from graphql import GraphQLLeafType, GraphQLObjectType, Undefined, is_leaf_type
from graphql.type import GraphQLNonNull
from strawberry import Schema
from strawberry.extensions import MaxAliasesLimiter, QueryDepthLimiter, SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.optimizer import DjangoOptimizerExtension

__all__ = ["Executor", "Optimizer", "Rules", "make_rules", "read_columns_directly"]


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


class Column:
    """A resolver that reads an attribute of a model, and knows how its kind of leaf is written."""

    __slots__ = ("read", "write")

    def __init__(self, name: str, leaf: GraphQLLeafType) -> None:
        self.read = attrgetter(name)
        self.write = leaf.coerce_output_value

    def __call__(self, source: Any, _info: Any) -> Any:
        """Give the value."""
        return self.read(source)


class Executor(StrawberryGraphQLCoreExecutionContext):
    """The executor without its ceremony around columns.

    For each field it notes the way to it, puts together what a resolver may want to know, looks
    for arguments, and asks at three places whether something is to be awaited. A column needs none
    of that. What is not there or cannot be written takes the ordinary way, which words the error or
    gives null.
    """

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Give the fields of an object by name, in the order in which they were asked for."""
        fields = parent_type.fields
        results: dict[str, Any] = {}
        others = {}
        for name, details in grouped_field_set.items():
            declared = fields.get(details[0].node.name.value)
            # The place of one that is found otherwise, or not at all.
            results[name] = None
            if declared is None or type(declared.resolve) is not Column:
                others[name] = details
                continue
            try:
                shown = declared.resolve.write(declared.resolve.read(source_value))
            except Exception:  # noqa: BLE001 -- it comes again below
                shown = None
            if shown is None or shown is Undefined:
                others[name] = details
            else:
                results[name] = shown
        if not others:
            return results
        # This schema is only executed synchronously, so there is nothing to be awaited.
        found: Any = super().execute_fields(
            parent_type, source_value, path, others, position_context
        )
        return results | found


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
            leaf = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
            if _is_column(declared) and is_leaf_type(leaf):
                field.resolve = Column(declared.django_name or declared.python_name, leaf)


def _is_column(declared: Any) -> bool:
    return (
        isinstance(declared, StrawberryDjangoField)
        and declared.base_resolver is None
        and not declared.extensions
        and not declared.arguments
    )
