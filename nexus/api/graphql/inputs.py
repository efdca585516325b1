"""Arguments of GraphQL fields, derived from the declarations that REST reads its input with.

    @strawberry.mutation(description="Create a product.")
    @takes(ProductInput)
    def create_product(self, info: Info, values: Values) -> Product:
        return services.create_product(by=info.context.require_user(), **values)

The field has an argument for each field of `ProductInput`: with its type, its default, and its help
text as description. `values` is what the declaration has validated.
"""

import inspect
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from functools import wraps
from typing import Annotated, Any, TypeVar

import strawberry
from rest_framework import serializers
from rest_framework.fields import empty
from strawberry.scalars import JSON

from nexus.api.graphql.context import Info
from nexus.api.graphql.scalars import BigInt
from nexus.api.inputs import PageParameters, validate

__all__ = ["Values", "takes"]

Values = dict[str, Any]
"""What a declaration has validated."""
Enums = Mapping[str, Any]
T = TypeVar("T")

MAX_INT = 2**31 - 1
TYPES: tuple[tuple[type[Any], Any], ...] = (
    (serializers.BooleanField, bool),
    (serializers.IntegerField, int),
    (serializers.DateField, date),
    (serializers.DictField, JSON),
    # Decimals are sent as text, as in REST.
    (serializers.DecimalField, str),
    (serializers.CharField, str),
)


def takes(
    declaration: type[serializers.Serializer[Any]],
    *,
    enums: Enums | None = None,
    anonymous: bool = False,
) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Return a decorator: the arguments of a declaration replace the parameter `values`.

    `enums` names the enumeration of each choice. The user is required before anything is
    validated, unless `anonymous` clients may ask. The page of a list is left to its connection.
    Raises `TypeError` for a field that has no GraphQL type.
    """
    page = set(PageParameters().fields) if issubclass(declaration, PageParameters) else set()
    arguments = [
        _argument(declaration, name, field, enums or {})
        for name, field in declaration().fields.items()
        if name not in page
    ]
    names = {argument.name for argument in arguments}

    def decorate(resolver: Callable[..., T]) -> Callable[..., T]:
        @wraps(resolver)
        def resolve(root: Any, info: Info, **sent: Any) -> T:
            if not anonymous:
                info.context.require_user()
            values = {name: _plain(value) for name, value in sent.items() if name in names}
            others = {name: value for name, value in sent.items() if name not in names}
            return resolver(root, info, values=validate(declaration, **values), **others)

        resolve.__signature__ = _signature(resolver, arguments)  # type: ignore[attr-defined]
        return resolve

    return decorate


def _signature(
    resolver: Callable[..., Any], arguments: list[inspect.Parameter]
) -> inspect.Signature:
    own = inspect.signature(resolver)
    root, _info, *others = own.parameters.values()
    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    keywords: list[inspect.Parameter] = []
    for parameter in others:
        if parameter.name == "values":
            keywords += arguments
        else:
            keywords.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    return own.replace(parameters=[root, info, *keywords])


def _argument(declaration: type[Any], name: str, field: Any, enums: Enums) -> inspect.Parameter:
    kind = _type(field, enums.get(name))
    if kind is None:
        raise TypeError(f"{declaration.__name__}.{name} has no type in GraphQL.")
    default = _default(field, enums.get(name))
    if default is None:
        kind |= None
    description = str(field.help_text) if field.help_text else None
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, strawberry.argument(description=description)],
    )


def _type(field: Any, enum: Any) -> Any:
    if isinstance(field, serializers.ListField):
        inner = _type(field.child, enum)
        return list[inner] if inner else None
    if isinstance(field, serializers.ChoiceField):
        return enum
    if isinstance(field, serializers.IntegerField) and (field.max_value or 0) > MAX_INT:
        return BigInt
    return next((kind for field_type, kind in TYPES if isinstance(field, field_type)), None)


def _default(field: Any, enum: Any) -> Any:
    """Return the default of an argument; None where it may be left out without one."""
    default = None if field.default is empty else field.default
    if field.required and not field.parent.partial:
        return inspect.Parameter.empty
    if field.parent.partial or default is None or callable(default):
        return None
    return enum(default) if enum else default


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value
