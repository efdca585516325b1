"""REST and GraphQL show the same resources."""

from typing import Any

import pytest
from rest_framework import serializers
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.utils.str_converters import to_camel_case

from nexus.api.parity import ONLY_IN_REST, PAIRS, Pair
from nexus.api.schema import schema
from nexus.api.urls import version_1, version_2
from tests.support.nonempty import nonempty


def nullable_in_rest(field: Any) -> bool:
    if isinstance(field, serializers.SerializerMethodField):
        method = getattr(field.parent, str(field.method_name))
        return type(None) in getattr(method.__annotations__["return"], "__args__", ())
    return bool(field.allow_null)


def rest_fields(pair: Pair) -> dict[str, tuple[bool, bool]]:
    many = (serializers.ListSerializer, serializers.ListField, serializers.ManyRelatedField)
    return {
        name: (isinstance(field, many), nullable_in_rest(field))
        for name, field in pair.serializer().fields.items()
        if name not in pair.differences
    }


def graphql_fields(pair: Pair) -> dict[str, tuple[bool, bool]]:
    definition: Any = schema.get_type_by_name(pair.graphql.__name__)
    found = {}
    for field in definition.fields:
        optional = isinstance(field.type, StrawberryOptional)
        inner = field.type.of_type if optional else field.type
        if field.python_name not in pair.differences:
            found[field.python_name] = (isinstance(inner, StrawberryList), optional)
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.graphql.__name__)
def test_a_serializer_and_its_type_have_the_same_fields(pair: Pair) -> None:
    assert graphql_fields(pair) == rest_fields(pair)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.graphql.__name__)
def test_every_difference_named_is_one(pair: Pair) -> None:
    definition: Any = schema.get_type_by_name(pair.graphql.__name__)
    named = {field.python_name for field in definition.fields} | set(pair.serializer().fields)

    assert set(pair.differences) <= named


def test_names_are_the_same_but_for_the_case_of_their_letters() -> None:
    printed = schema.as_str()

    for pair in PAIRS:
        for name in nonempty(rest_fields(pair)):
            assert f"  {to_camel_case(name)}:" in printed or f"  {to_camel_case(name)}(" in printed


def test_no_resource_of_rest_is_forgotten() -> None:
    views = [getattr(pattern.callback, "view_class", None) for pattern in (*version_1, *version_2)]
    shown = {getattr(view, "serializer_class", None) for view in views} - {None}

    assert shown - {pair.serializer for pair in PAIRS} == set(ONLY_IN_REST)
