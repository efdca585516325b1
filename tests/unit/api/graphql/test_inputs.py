"""GraphQL arguments come from the same declaration as REST's input."""

from enum import Enum
from typing import Any

import pytest
import strawberry
from rest_framework import serializers
from strawberry.schema.config import StrawberryConfig

from nexus.api.graphql.inputs import Values, takes
from nexus.api.graphql.scalars import BIG_INT, BigInt


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Declared(serializers.Serializer[Any]):
    """An input with a field of each kind."""

    name = serializers.CharField(help_text="What it is called.")
    size = serializers.IntegerField(default=3, max_value=10)
    big = serializers.IntegerField(required=False, max_value=2**40)
    price = serializers.DecimalField(max_digits=5, decimal_places=2, required=False)
    colour = serializers.ChoiceField(["red", "blue"], default="red")
    tags = serializers.ListField(child=serializers.ChoiceField(["red", "blue"]), required=False)
    is_new = serializers.BooleanField(default=False)


@strawberry.type
class Query:
    @strawberry.field
    @takes(Declared, enums={"colour": Colour, "tags": Colour}, anonymous=True)
    def shown(self, _info: strawberry.Info, values: Values, extra: int = 1) -> str:
        return f"{sorted(values.items())} {extra}"


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map={BigInt: BIG_INT}))
SDL = """\
  shown(
    \"\"\"What it is called.\"\"\"
    name: String!
    size: Int! = 3
    big: BigInt = null
    price: String = null
    colour: Colour! = RED
    tags: [Colour!] = null
    isNew: Boolean! = false
    extra: Int! = 1
  ): String!
"""


def test_arguments_have_the_types_defaults_and_descriptions_of_the_declaration() -> None:
    printed = SCHEMA.as_str()

    assert SDL in printed


def test_values_are_what_the_declaration_has_validated() -> None:
    query = '{ shown(name: "Ada", price: "1.50", colour: BLUE, tags: [RED], extra: 2) }'
    result = SCHEMA.execute_sync(query)

    assert result.errors is None
    assert result.data == {
        "shown": "[('colour', 'blue'), ('is_new', False), ('name', 'Ada'), "
        "('price', Decimal('1.50')), ('size', 3), ('tags', ['red'])] 2"
    }


def test_invalid_value_is_refused() -> None:
    result = SCHEMA.execute_sync('{ shown(name: "Ada", size: 11) }')

    assert result.errors is not None
    assert "not valid" in result.errors[0].message


def test_choice_without_enumeration_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match=r"Declared\.colour has no type in GraphQL"):
        takes(Declared)
