"""The maximum cost of a query, and access to the schema."""

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
"""How many objects a result may hold."""
ASSUMED_LIST_SIZE = 10
"""The assumed length of lists without `first`."""
SIZE_ARGUMENT = "first"


class QueryLimits(SchemaExtension):
    """Refuses a query that could fetch too much, or that reads the schema without permission.

    It comes after `ValidationCache`, which has validated the query by then.
    """

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None and not context.pre_execution_errors:
            context.pre_execution_errors = list(self._refusals(context.graphql_document))
        yield

    def _refusals(self, document: DocumentNode) -> Iterator[GraphQLError]:
        context = self.execution_context
        schema = context.schema._schema  # noqa: SLF001 -- Strawberry's extensions have no other way
        rule = NoSchemaIntrospectionCustomRule
        faults = [] if settings.OPEN_SCHEMA else validate(schema, document, [rule])
        # The user matters only here: a browser's other reads need no CSRF token.
        if faults and not context.context.user.is_authenticated:
            message = "Sign in to read the schema. It is also in the repository of Nexus."
            for fault in faults:
                yield GraphQLError(message, nodes=fault.nodes)
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
    """Return the number of objects that the result of a valid query may hold.

    A connection holds as many as `first` says, and any other list is assumed to hold ten; scalars
    cost nothing. (GitHub's API counts nodes like this.)
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
    values = {
        d.variable.name.value: d.default_value.value
        for d in operation.variable_definitions or ()
        if isinstance(d.default_value, IntValueNode)
    } | dict(variables)
    count = _CostCounter(schema, fragments, values)
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
            fragment: FragmentDefinitionNode | InlineFragmentNode
            if isinstance(selection, FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
            elif isinstance(selection, InlineFragmentNode):
                fragment = selection
            else:
                continue
            kind: Any = parent
            if fragment.type_condition:
                kind = self.schema.type_map[fragment.type_condition.name.value]
            inner = fragment.selection_set.selections
            total += self.of(inner, kind, in_connection=in_connection)
        return total

    def _of_field(
        self, field: FieldNode, parent: GraphQLCompositeType, *, in_connection: bool
    ) -> int:
        # Introspection fields are not declared by the type.
        declaration: GraphQLField | None = getattr(parent, "fields", {}).get(field.name.value)
        if declaration is None or field.selection_set is None:
            return 0
        inner_type = get_named_type(declaration.type)
        if not is_composite_type(inner_type):
            return 0
        selections = field.selection_set.selections
        if SIZE_ARGUMENT in declaration.args:
            item_cost = self.of(selections, inner_type, in_connection=True)
            return self._size(field, declaration) * max(1, item_cost)
        item_cost = self.of(selections, inner_type, in_connection=False)
        if in_connection:
            # Edges and page information are counted with the connection.
            return item_cost
        length = ASSUMED_LIST_SIZE if is_list_type(get_nullable_type(declaration.type)) else 1
        return length * (1 + item_cost)

    def _size(self, field: FieldNode, declaration: GraphQLField) -> int:
        size: Any = declaration.args[SIZE_ARGUMENT].default_value
        for argument in field.arguments or ():
            if argument.name.value == SIZE_ARGUMENT:
                value = argument.value
                if isinstance(value, VariableNode):
                    size = self.variables.get(value.name.value)
                elif isinstance(value, IntValueNode):
                    size = value.value
        try:
            return max(0, int(size)) if size is not Undefined else ASSUMED_LIST_SIZE
        except (TypeError, ValueError):
            # Not a number: the query is refused when its variables are validated.
            return 0
