"""Product lists as CSV: what is written, and the errors of the other lines."""

from decimal import Decimal
from typing import Any

import pytest

from nexus.apps.products import errors
from nexus.apps.products.importing import MAX_FAULTS, ImportReport, LineFault, import_products
from nexus.apps.products.models import Product, StockChange
from nexus.core.audit.models import Entry
from tests.support.factories import offer, person, shelves

pytestmark = [pytest.mark.servers, pytest.mark.django_db, pytest.mark.usefixtures("shop")]

HEADER = "sku,name,category,price,stock,attributes\n"


@pytest.fixture
def shop() -> None:
    shelves()


@pytest.fixture
def merchant() -> Any:
    return person("merchant", "merchant")


def put(by: Any, *lines: str, header: str = HEADER, keep_good: bool = False) -> ImportReport:
    file = [header, *(f"{line}\n" for line in lines)]
    return import_products(lines=file, by=by, keep_good=keep_good)


def test_lines_add_and_change_the_merchants_own_products(merchant: Any) -> None:
    own = offer(1, owner=merchant, description="Kept.")
    others = offer(1, owner=person("other", "merchant"))
    report = put(
        merchant,
        'K-1,Better kettle,home,21.00,5,"{""colour"": ""red""}"',
        "K-2,New kettle,kettles,9.99,4,",
    )

    assert report == ImportReport(imported=True, added=1, changed=1, faults=())
    own.refresh_from_db()
    assert (own.name, own.price, own.stock, own.version) == ("Better kettle", Decimal(21), 5, 1)
    assert (own.description, own.attributes) == ("Kept.", {"colour": "red"})
    assert own.category.slug == "home"
    others.refresh_from_db()
    assert others.name == "Kettle 1"
    new = Product.objects.get(sku="K-2")
    assert (new.owner, new.stock, new.currency, new.is_published) == (merchant, 4, "EUR", False)
    booked = StockChange.objects.order_by("quantity").values_list("product", "quantity")
    assert list(booked) == [(own.pk, 2), (new.pk, 4)]


BAD = [
    "K-1,Kettle,kettles,1.00,,",
    "K-2,,kettles,cheap,,",
    "K-3,Kettle,nope,1.00,,",
    'K-4,Kettle,kettles,1.00,,"{""watts"": 3}"',
    "K-1,Again,kettles,1.00,,",
    "K-6,Kettle,kettles,1.00,,,more",
    "K-7,Kettle,kettles,1.00,,[1]",
]
FAULTS = [
    (3, "name"),
    (3, "price"),
    (4, "category"),
    (5, "attributes"),
    (6, "sku"),
    (7, ""),
    (8, "attributes"),
]


def test_with_bad_lines_nothing_is_written_and_each_is_reported(merchant: Any) -> None:
    report = put(merchant, *BAD)

    assert (report.imported, report.added, report.changed) == (False, 0, 0)
    assert [(fault.line, fault.column) for fault in report.faults] == FAULTS
    assert report.faults[4].detail == "This SKU is already on line 2."
    assert not Product.objects.exists()


def test_the_good_lines_are_written_if_they_are_to_be_kept(merchant: Any) -> None:
    report = put(merchant, *BAD, keep_good=True)

    assert (report.imported, report.added) == (True, 1)
    assert [(fault.line, fault.column) for fault in report.faults] == FAULTS
    assert [product.sku for product in Product.objects.all()] == ["K-1"]


@pytest.mark.parametrize(
    ("header", "faults"),
    [
        ("sku,name,price\n", [("category", "This column is missing.")]),
        ("sku,sku,name,category,price\n", [("sku", "This column is repeated.")]),
        ("", [(name, "This column is missing.") for name in ("sku", "name", "category", "price")]),
    ],
)
def test_an_invalid_header_is_reported(
    merchant: Any, header: str, faults: list[tuple[str, str]]
) -> None:
    report = import_products(lines=[header] if header else [], by=merchant)

    assert report.faults == tuple(LineFault(1, column, detail) for column, detail in faults)
    assert not report.imported


def test_an_unclosed_quote_is_reported(merchant: Any) -> None:
    report = put(merchant, "K-1,Kettle,kettles,1.00,,", 'K-2,"Kettle')
    assert "not valid CSV from here on" in report.faults[-1].detail


def test_more_lines_than_one_batch_are_written(merchant: Any) -> None:
    lines = [f"K-{number},Kettle,kettles,1.00,1," for number in range(1_200)]
    assert put(merchant, *lines).added == 1_200
    assert put(merchant, *lines).changed == 1_200
    assert StockChange.objects.count() == 1_200


def test_a_file_of_nothing_but_faults_is_not_read_to_its_end(merchant: Any) -> None:
    report = put(merchant, *(f"K-{number},,kettles,1.00,," for number in range(MAX_FAULTS * 2)))
    assert len(report.faults) == MAX_FAULTS + 1


def test_only_merchants_and_admins_import() -> None:
    with pytest.raises(errors.ProductNotAllowedError):
        put(person("learner", "learner"), "K-1,Kettle,kettles,1.00,,")


def test_the_audit_says_who_set_a_price_by_a_list(merchant: Any) -> None:
    own = offer(1, owner=merchant)
    same = offer(2, owner=merchant)
    put(
        merchant,
        "K-1,Kettle,home,21.00,5,",
        "K-2,Renamed,home,19.9,5,",
        "K-3,New,home,9.99,4,",
    )
    new = Product.objects.get(sku="K-3")

    entries = Entry.objects.filter(actor=merchant).order_by("key")
    assert sorted(entries.values_list("action", "key")) == [
        ("product.offered", str(new.pk)),
        ("product.price_set", str(own.pk)),
    ]
    assert entries.get(key=str(own.pk)).details == {"before": "19.90 EUR", "after": "21.00 EUR"}
    assert not entries.filter(key=str(same.pk)).exists()
    put(merchant, "K-1,Kettle,home,1.00,5,", "K-1,Twice,home,2.00,5,")
    assert entries.count() == 2
