"""What a query may cost, and who may ask for the schema."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    validate,
)
from graphql.pyutils import Undefined
from strawberry.extensions import SchemaExtension

__all__ = ["MAX_COST", "QueryLimits", "query_cost"]

MAX_COST = 10_000
"""How many objects an answer may hold at most."""
ASSUMED_LIST_SIZE = 10
"""How many items a list is taken to have that cannot be cut by `first`."""
SIZE_ARGUMENT = "first"


class QueryLimits(SchemaExtension):
    """Refuses a query that would fetch too much, or that asks for the schema and may not.

    It stands behind `ValidationCache`, which has found by then whether the query fits the schema.
    """

    def on_validate(self) -> Iterator[None]:
        """Look at a query that fits the schema."""
        context = self.execution_context
        if context.graphql_document is not None and not context.pre_execution_errors:
            context.pre_execution_errors = list(self._refusals(context.graphql_document))
        yield

    def _refusals(self, document: DocumentNode) -> Iterator[GraphQLError]:
        context = self.execution_context
        schema = context.schema._schema  # noqa: SLF001 -- Strawberry's extensions have no other way
        rule = NoSchemaIntrospectionCustomRule
        refused = [] if settings.OPEN_SCHEMA else validate(schema, document, [rule])
        # Who asks matters only here: a browser's other reads need no CSRF token.
        if refused and not context.context.user.is_authenticated:
            told = "Sign in to ask for the schema; it also lies in the repository of Nexus."
            for asked in refused:
                yield GraphQLError(told, nodes=asked.nodes)
        total = query_cost(schema, document, context.operation_name, context.variables or {})
        if total > MAX_COST:
            yield GraphQLError(
                f"This query could fetch {total:,} objects; at most {MAX_COST:,} are allowed. "
                f"Ask for fewer with `{SIZE_ARGUMENT}`, or select less."
            )


def query_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: Mapping[str, Any],
) -> int:
    """Give the number of objects that a valid query's answer may hold.

    A connection holds as many as `first` says, any other list is taken to hold ten; plain values
    cost nothing. (As GitHub's API counts nodes.)
    """
    definitions = document.definitions
    operation = next(
        d
        for d in definitions
        if isinstance(d, OperationDefinitionNode)
        and (operation_name is None or (d.name and d.name.value == operation_name))
    )
    root = schema.get_root_type(operation.operation)
    if root is None:
        return 0
    fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
    given = {
        d.variable.name.value: d.default_value.value
        for d in operation.variable_definitions or ()
        if isinstance(d.default_value, IntValueNode)
    } | dict(variables)
    count = _CostCounter(schema, fragments, given)
    return count.of(operation.selection_set.selections, root, in_connection=False)


@dataclass
class _CostCounter:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def of(
        self,
        selections: Iterable[SelectionNode],
        parent: GraphQLCompositeType,
        *,
        in_connection: bool,
    ) -> int:
        total = 0
        for selection in selections:
            if isinstance(selection, FieldNode):
                total += self._of_field(selection, parent, in_connection=in_connection)
                continue
            found: FragmentDefinitionNode | InlineFragmentNode
            if isinstance(selection, FragmentSpreadNode):
                found = self.fragments[selection.name.value]
            elif isinstance(selection, InlineFragmentNode):
                found = selection
            else:
                continue
            kind: Any = parent
            if found.type_condition:
                kind = self.schema.type_map[found.type_condition.name.value]
            inner = found.selection_set.selections
            total += self.of(inner, kind, in_connection=in_connection)
        return total

    def _of_field(
        self, field: FieldNode, parent: GraphQLCompositeType, *, in_connection: bool
    ) -> int:
        # Introspection's own fields are none of the type's.
        declared: GraphQLField | None = getattr(parent, "fields", {}).get(field.name.value)
        if declared is None or field.selection_set is None:
            return 0
        named = get_named_type(declared.type)
        if not is_composite_type(named):
            return 0
        inside = field.selection_set.selections
        if SIZE_ARGUMENT in declared.args:
            each = self.of(inside, named, in_connection=True)
            return self._size(field, declared) * max(1, each)
        each = self.of(inside, named, in_connection=False)
        if in_connection:
            # The edges and what describes the page are counted with the connection.
            return each
        many = ASSUMED_LIST_SIZE if is_list_type(get_nullable_type(declared.type)) else 1
        return many * (1 + each)

    def _size(self, field: FieldNode, declared: GraphQLField) -> int:
        wanted: Any = declared.args[SIZE_ARGUMENT].default_value
        for argument in field.arguments or ():
            if argument.name.value == SIZE_ARGUMENT:
                value = argument.value
                if isinstance(value, VariableNode):
                    wanted = self.variables.get(value.name.value)
                elif isinstance(value, IntValueNode):
                    wanted = value.value
        try:
            return max(0, int(wanted)) if wanted is not Undefined else ASSUMED_LIST_SIZE
        except (TypeError, ValueError):
            # No number: the query is refused when its variables are read.
            return 0
