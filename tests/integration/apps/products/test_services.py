"""Writes of products: permissions, refusals, and the constraints of the database."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from nexus.apps.products import errors, queries, services
from nexus.apps.products.models import Category, Product, StockChange
from nexus.apps.products.services.products import MAX_IMAGES
from nexus.core.audit.models import Entry
from tests.support.waiting import await_blocked

pytestmark = [pytest.mark.servers, pytest.mark.django_db, pytest.mark.usefixtures("shelves")]


def person(role: str = "", name: str = "") -> Any:
    user = get_user_model().objects.create_user(f"{name or role or 'stranger'}@example.org")
    if role:
        user.roles.add(user.roles.model.objects.get(slug=role))
    return user


@pytest.fixture
def admin() -> Any:
    return person("admin")


@pytest.fixture
def merchant() -> Any:
    return person("merchant")


@pytest.fixture
def shelves(admin: Any) -> None:
    kinds = {"colour": "text"}
    services.create_category(slug="home", name="Home", attribute_kinds=kinds, by=admin)
    services.create_category(
        slug="kettles",
        name="Kettles",
        parent="home",
        attribute_kinds={"litres": "number"},
        by=admin,
    )


def offer(by: Any, **fields: Any) -> Product:
    values = {"sku": "K-1", "name": "Kettle", "category": "kettles", "price": Decimal("19.90")}
    return services.create_product(**{**values, **fields}, by=by)


# The tree.


def test_a_category_knows_its_path() -> None:
    assert list(queries.list_categories().values_list("path", flat=True)) == [
        "home",
        "home/kettles",
    ]


def test_a_moved_category_takes_those_below_along(admin: Any) -> None:
    services.create_category(slug="steel", name="Steel", parent="kettles", by=admin)
    services.create_category(slug="outdoor", name="Outdoor", by=admin)
    services.move_category(slug="kettles", parent="outdoor", by=admin)

    paths = set(Category.objects.values_list("path", flat=True))
    assert paths == {"home", "outdoor", "outdoor/kettles", "outdoor/kettles/steel"}
    services.move_category(slug="kettles", parent="", by=admin)
    assert queries.get_category("steel").path == "kettles/steel"


def test_a_category_cannot_stand_below_itself(admin: Any) -> None:
    for target in ("home", "kettles"):
        with pytest.raises(errors.CategoryMoveError):
            services.move_category(slug="home", parent=target, by=admin)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("parent", ["home", "home/kettles", "nowhere"])
def test_the_database_refuses_a_cycle_and_a_missing_parent(parent: str) -> None:
    with pytest.raises(IntegrityError, match="products_category_parent_exists"):
        Category.objects.filter(slug="home").update(parent_path=parent)


def test_a_category_is_made_once(admin: Any) -> None:
    with pytest.raises(errors.CategoryTakenError):
        services.create_category(slug="home", name="Again", by=admin)


def test_categories_are_arranged_by_admins_only(merchant: Any) -> None:
    with pytest.raises(errors.ProductNotAllowedError):
        services.create_category(slug="x", name="X", by=merchant)
    with pytest.raises(errors.ProductNotAllowedError):
        services.move_category(slug="kettles", parent="", by=merchant)
    with pytest.raises(errors.ProductNotAllowedError):
        services.update_category(slug="kettles", name="X", by=merchant)
    with pytest.raises(errors.ProductNotAllowedError):
        services.delete_category(slug="kettles", by=merchant)


def test_a_category_is_renamed_and_moved_and_the_change_is_visible_at_once(admin: Any) -> None:
    changed = services.update_category(
        slug="kettles", name="Pots", parent="", attribute_kinds={"steel": "flag"}, by=admin
    )

    assert (changed.name, changed.path) == ("Pots", "kettles")
    assert queries.kinds_of_attributes(queries.get_category("kettles")) == {"steel": "flag"}


def test_a_kind_that_a_product_tells_stays(admin: Any, merchant: Any) -> None:
    offer(merchant, attributes={"colour": "red"})
    for kinds in ({}, {"colour": "number"}):
        with pytest.raises(errors.CategoryInUseError):
            services.update_category(slug="home", attribute_kinds=kinds, by=admin)
    more = {"colour": "text", "steel": "flag"}
    services.update_category(slug="home", attribute_kinds=more, by=admin)
    services.update_category(slug="kettles", attribute_kinds={}, by=admin)
    assert queries.kinds_of_attributes(queries.get_category("kettles")) == more


def test_only_an_empty_category_is_deleted(admin: Any, merchant: Any) -> None:
    sold = offer(merchant)
    for slug in ("home", "kettles"):
        with pytest.raises(errors.CategoryInUseError):
            services.delete_category(slug=slug, by=admin)
    services.create_category(slug="garden", name="Garden", by=admin)
    services.update_product(product_id=sold.pk, category="garden", by=merchant)
    for slug in ("kettles", "home"):
        services.delete_category(slug=slug, by=admin)
    assert [row.slug for row in queries.list_categories()] == ["garden"]


def test_a_category_that_goes_meanwhile_takes_no_product(
    merchant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = queries.get_category

    def read_and_lose(slug: str) -> Any:
        found = read(slug)
        Category.objects.filter(slug=slug).delete()
        return found

    monkeypatch.setattr(queries, "get_category", read_and_lose)
    with pytest.raises(errors.CategoryNotFoundError):
        offer(merchant)


# Products.


def test_a_product_is_offered_and_its_stock_booked(merchant: Any) -> None:
    made = offer(merchant, stock=7, attributes={"colour": "red", "litres": 1.5})

    assert (made.slug, made.stock, made.is_published) == ("kettle", 7, False)
    booked = StockChange.objects.get()
    assert (booked.product_id, booked.quantity, booked.changed_by_id) == (made.pk, 7, merchant.pk)


def test_only_merchants_and_admins_offer(admin: Any) -> None:
    assert offer(admin).owner == admin
    with pytest.raises(errors.ProductNotAllowedError):
        offer(person("learner"))


def test_a_sku_is_taken_for_its_merchant_only(merchant: Any) -> None:
    offer(merchant)
    offer(person("merchant", "other"))
    with pytest.raises(errors.SkuTakenError):
        offer(merchant)


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"colour": 3}, "The attribute 'colour' must be text"),
        ({"litres": True}, "The attribute 'litres' must be a number"),
        ({"litres": "1"}, "The attribute 'litres' must be a number"),
        ({"watts": 3}, "This category has no attribute 'watts'. Its attributes: colour, litres"),
        ({"colour": "a\0"}, "must be text"),
        ({"colour": "\ud800"}, "must be text"),
    ],
)
def test_attributes_must_fit_the_category(
    merchant: Any, attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(errors.AttributesError, match=sentence):
        offer(merchant, attributes=attributes)


def test_a_product_moved_to_another_category_must_fit_it(merchant: Any) -> None:
    made = offer(merchant, attributes={"litres": 1})
    with pytest.raises(errors.AttributesError):
        services.update_product(product_id=made.pk, category="home", by=merchant)
    moved = services.update_product(
        product_id=made.pk, category="home", attributes={"colour": "red"}, by=merchant
    )
    assert (moved.category.slug, moved.version) == ("home", 1)


def test_a_change_of_an_outdated_version_is_refused(merchant: Any) -> None:
    made = offer(merchant)
    services.update_product(product_id=made.pk, name="First", version=0, by=merchant)
    with pytest.raises(errors.ProductChangedError):
        services.update_product(product_id=made.pk, name="Second", version=0, by=merchant)
    assert queries.get_product(made.pk, by=merchant).name == "First"


def test_stock_is_never_taken_below_nothing(merchant: Any) -> None:
    made = offer(merchant, stock=3)
    assert services.adjust_stock(product_id=made.pk, quantity=-3, by=merchant).stock == 0
    for quantity in (-1, 2**31):
        with pytest.raises(errors.OutOfStockError):
            services.adjust_stock(product_id=made.pk, quantity=quantity, by=merchant)
    assert sum(StockChange.objects.values_list("quantity", flat=True)) == 0


def test_the_currency_must_be_a_code(merchant: Any) -> None:
    with (
        pytest.raises(IntegrityError, match="products_product_currency_iso_4217"),
        transaction.atomic(),
    ):
        offer(merchant, currency="eur")


def test_images_stand_behind_one_another(merchant: Any) -> None:
    made = offer(merchant)
    first, second = (
        services.add_image(product_id=made.pk, url=f"https://a.test/{n}", by=merchant)
        for n in range(2)
    )
    services.remove_image(product_id=made.pk, image_id=first.pk, by=merchant)
    third = services.add_image(product_id=made.pk, url="https://a.test/3", by=merchant)
    assert [second.position, third.position] == [1, 2]
    with pytest.raises(errors.ImageNotFoundError):
        services.remove_image(product_id=made.pk, image_id=first.pk, by=merchant)


def test_a_product_has_so_many_images_and_no_more(merchant: Any) -> None:
    made = offer(merchant)
    for _ in range(MAX_IMAGES):
        services.add_image(product_id=made.pk, url="https://a.test/", by=merchant)
    with pytest.raises(errors.ImagesFullError):
        services.add_image(product_id=made.pk, url="https://a.test/", by=merchant)


def test_unpublished_product_is_visible_to_its_managers(admin: Any) -> None:
    merchant = person("merchant")
    made = offer(merchant)
    for allowed in (merchant, admin):
        assert queries.get_product(made.pk, by=allowed).pk == made.pk
    for other in (None, person("merchant", "other"), person("learner")):
        with pytest.raises(errors.ProductNotFoundError):
            queries.get_product(made.pk, by=other)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_concurrent_changes_of_a_category_are_both_kept(admin: Any) -> None:
    def declare() -> None:
        try:
            kinds = {"colour": "text", "steel": "flag"}
            services.update_category(slug="home", attribute_kinds=kinds, by=admin)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            services.update_category(slug="home", name="House", by=admin)
            second = pool.submit(declare)
            await_blocked(second)
        second.result()
    changed = queries.get_category("home")
    assert (changed.name, sorted(changed.attribute_kinds)) == ("House", ["colour", "steel"])


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_concurrent_changes_never_oversell() -> None:
    merchant = person("merchant")
    made = offer(merchant, stock=5)

    def take(_: int) -> bool:
        try:
            services.adjust_stock(product_id=made.pk, quantity=-1, by=merchant)
        except errors.OutOfStockError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(20))) == 5
    assert Product.objects.get().stock == 0


# The audit.


def told(of: Any) -> list[tuple[str, int | None, dict[str, Any]]]:
    """Return the audit entries of an object, the oldest first."""
    entries = Entry.objects.filter(kind=of._meta.label_lower, key=str(of.pk)).order_by("pk")
    return list(entries.values_list("action", "actor_id", "details"))


def test_the_audit_says_who_changed_a_product(merchant: Any, admin: Any) -> None:
    product = offer(merchant, stock=3)
    services.set_price(product_id=product.pk, price=Decimal(25), currency="EUR", by=merchant)
    services.adjust_stock(product_id=product.pk, quantity=-2, by=admin)
    services.update_product(product_id=product.pk, name="Pot", is_published=True, by=merchant)
    services.unpublish_product(product_id=product.pk, by=admin)

    changed = {"members": ["is_published", "name"], "is_published": True}
    assert told(product) == [
        ("product.offered", merchant.pk, {"price": "19.90 EUR", "stock": 3}),
        ("product.price_set", merchant.pk, {"before": "19.90 EUR", "after": "25.00 EUR"}),
        ("product.stock_adjusted", admin.pk, {"quantity": -2}),
        ("product.changed", merchant.pk, changed),
        ("product.unpublished", admin.pk, {}),
    ]


def test_the_audit_says_nothing_of_what_was_refused(merchant: Any) -> None:
    product = offer(merchant, stock=3)
    with pytest.raises(errors.OutOfStockError):
        services.adjust_stock(product_id=product.pk, quantity=-4, by=merchant)
    with pytest.raises(errors.ProductNotFoundError):
        services.set_price(
            product_id=product.pk, price=Decimal(1), currency="EUR", by=person("merchant", "other")
        )
    assert [action for action, *_ in told(product)] == ["product.offered"]


def test_the_audit_says_who_moved_a_category(admin: Any) -> None:
    moved = services.move_category(slug="kettles", parent="", by=admin)

    assert told(moved) == [
        ("category.created", admin.pk, {}),
        ("category.moved", admin.pk, {"before": "home/kettles", "after": "kettles"}),
    ]
