"""What makes queries faster changes no answer: held against the libraries' own way."""

import json
from typing import Any

import pytest
import strawberry
import strawberry_django
from strawberry import Info

from nexus.api.graphql.speed import Column, Executor, read_columns_directly
from nexus.apps.products import models


@strawberry_django.type(models.Product)
class Thing:
    sku: strawberry.auto
    name: strawberry.auto
    stock: strawberry.auto
    merchant: int | None = strawberry_django.field(field_name="owner_id")

    @strawberry_django.field
    def shouted(self) -> str:
        name: Any = self.name
        return f"{name.upper()}!"


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, info: Info[Any, Any]) -> Thing | None:
        return info.context  # type: ignore[no-any-return]

    @strawberry.field
    def things(self, info: Info[Any, Any]) -> list[Thing]:
        return [info.context, info.context]


plain = strawberry.Schema(query=Query)
direct = strawberry.Schema(query=Query, execution_context_class=Executor)
read_columns_directly(direct)

# The model would not let it in.
MISSING: Any = None
ASKED = "{ thing { b: name shouted a: sku stock merchant __typename } things { merchant name } }"


def answer(schema: strawberry.Schema, query: str, row: models.Product) -> str:
    found = schema.execute_sync(query, context_value=row)
    # As text, since the order of the members counts.
    return json.dumps([found.data, [error.formatted for error in found.errors or ()]])


def test_columns_are_read_directly() -> None:
    shown: Any = direct._schema.type_map["Thing"]
    direct_ones = {n for n, field in shown.fields.items() if isinstance(field.resolve, Column)}
    assert direct_ones == {"sku", "name", "stock", "merchant"}


@pytest.mark.parametrize(
    "row",
    [
        models.Product(sku="A", name="é\u2028", stock=3, owner_id=7),
        models.Product(sku="A", name="B", stock=0, owner_id=None),
        models.Product(sku=MISSING, name="B", stock=0),
        models.Product(sku="A", name="B", stock=2**40),
        models.Product(sku="A", name="B", stock="many"),
    ],
    ids=["whole", "null where it may be", "null where not", "too large", "of another kind"],
)
def test_answers_and_errors_are_those_of_the_library(row: models.Product) -> None:
    assert answer(direct, ASKED, row) == answer(plain, ASKED, row)


def test_a_value_that_is_missing_is_an_error_at_its_place() -> None:
    row = models.Product(sku=MISSING, name="B", stock=0)
    _, (error, *_) = json.loads(answer(direct, ASKED, row))
    assert error["path"] == ["thing", "a"]
