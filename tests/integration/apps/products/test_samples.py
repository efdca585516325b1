"""Sample shops: the requested rows, the same every time."""

import hashlib

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection

from nexus.apps.products import queries
from nexus.apps.products.attributes import check_attributes
from nexus.apps.products.models import Category, Image, Product, StockChange
from nexus.apps.products.samples import Shop

pytestmark = pytest.mark.django_db


def fingerprint() -> str:
    rows = Product.objects.order_by("sku").values_list(
        "sku", "name", "category__slug", "price", "stock", "images__url"
    )
    return hashlib.sha256(repr(sorted(map(tuple, rows))).encode()).hexdigest()


def test_shop_has_the_size_asked_for() -> None:
    Shop(products=500).fill()
    assert (Product.objects.count(), Image.objects.count()) == (500, 1500)


def test_shop_can_do_without_images() -> None:
    Shop(products=50, images=0).fill()
    assert (Product.objects.count(), Image.objects.count()) == (50, 0)


def test_shop_without_products_is_empty() -> None:
    Shop().fill()
    assert not Product.objects.exists()


def test_shop_uses_every_category() -> None:
    Shop(products=500).fill()
    used = set(Product.objects.values_list("category_id", flat=True))
    assert used == set(Category.objects.values_list("id", flat=True))


def test_shop_is_the_same_every_time() -> None:
    Shop(products=200).fill()
    first = fingerprint()
    for model in (Image, Product, Category):
        model.objects.all().delete()
    Shop(products=200).fill()
    assert first == fingerprint()


def test_key_names_the_size() -> None:
    assert Shop(products=5).key != Shop(products=6).key
    assert Shop(products=5).key != Shop(products=5, images=0).key


def rules() -> set[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid IN ('products_product'::regclass, 'products_image'::regclass)
            UNION ALL
            SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'products_%'
            """
        )
        return set(cursor.fetchall())


def test_filling_leaves_every_constraint_and_index_in_place() -> None:
    before = rules()
    Shop(products=50).fill()
    assert rules() == before


def test_products_belong_to_the_merchants_asked_for() -> None:
    Shop(products=50, merchants=3).fill()
    owners = get_user_model().objects.filter(roles__slug="merchant")
    assert owners.count() == 3
    assert set(Product.objects.values_list("owner", flat=True)) == {user.pk for user in owners}
    assert Shop(products=5).key != Shop(products=5, merchants=3).key


def test_attributes_are_those_that_the_category_declares() -> None:
    Shop(products=50).fill()
    for product in Product.objects.select_related("category"):
        check_attributes(product.attributes, queries.kinds_of_attributes(product.category))


def make(**fields: object) -> Product:
    category = Category.objects.create(slug="c", name="C")
    values = {"sku": "A", "name": "A", "category": category, "price": 1, **fields}
    return Product.objects.create(**values)


def test_stock_cannot_be_negative() -> None:
    with pytest.raises(IntegrityError, match="products_product_stock_not_negative"):
        make(stock=-1)


def test_price_cannot_be_negative() -> None:
    with pytest.raises(IntegrityError, match="products_product_price_not_negative"):
        make(price=-1)


def test_stock_change_of_nothing_is_refused() -> None:
    product = make()
    with pytest.raises(IntegrityError, match="products_stockchange_quantity_not_zero"):
        StockChange.objects.create(product=product, quantity=0)


def test_images_have_one_position_each() -> None:
    product = make()
    Image.objects.create(product=product, url="/a", position=0)
    with pytest.raises(IntegrityError, match="products_image_position_unique"):
        Image.objects.create(product=product, url="/b", position=0)
