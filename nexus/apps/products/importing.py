"""Product lists as CSV: read line by line, written in batches, and every bad line told.

A line whose SKU the merchant has already changes that product; any other one adds one. An empty
cell leaves what it stands for as it is.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models, transaction

from nexus.apps.products import queries
from nexus.apps.products.attributes import UNKEPT, check_attributes
from nexus.apps.products.errors import (
    AttributesError,
    CategoryNotFoundError,
    ProductNotAllowedError,
    SkuTakenError,
)
from nexus.apps.products.models import CURRENCY, SKU, Category, Product, StockChange
from nexus.apps.products.permissions import may_sell
from nexus.apps.products.services import PRODUCTS
from nexus.core.audit.services import record_each
from nexus.core.cache.responses import invalidate
from nexus.core.database.constraints import constraint_errors

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor

__all__ = ["ImportReport", "LineFault", "import_products"]

BATCH = 500
MAX_FAULTS = 1_000
YES_OR_NO = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line of the file, counted from 1, and in which column."""

    line: int
    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import came to. Unless `imported`, nothing was written."""

    imported: bool
    added: int
    changed: int
    faults: tuple[LineFault, ...]


COLUMNS: dict[str, forms.Field] = {
    "sku": forms.RegexField(SKU, max_length=40),
    "category": forms.SlugField(max_length=80),
    "price": forms.DecimalField(max_digits=12, decimal_places=2, min_value=0),
    "currency": forms.RegexField(CURRENCY, required=False),
    "description": forms.CharField(max_length=5_000, required=False),
    "stock": forms.IntegerField(min_value=0, max_value=1_000_000, required=False),
}
"""Columns that are checked for more than the model's field declares."""


def _column(name: str) -> Any:
    """Return the form field of a column, derived from the model unless `COLUMNS` has one."""
    if name in COLUMNS:
        return COLUMNS[name]
    field: Any = Product._meta.get_field(name)  # noqa: SLF001 -- Django's documented way to a field
    required = not (field.blank or field.null or field.has_default())
    if isinstance(field, models.BooleanField):
        words = [("", ""), *((word, word) for word in YES_OR_NO)]
        return forms.ChoiceField(choices=words, required=False)
    return field.formfield(required=required)


LineForm: type[forms.Form] = type(
    "LineForm", (forms.Form,), {name: _column(name) for name in Product.MERCHANT_FIELDS}
)
"""One line, column by column."""

FLAGS = {
    name
    for name in Product.MERCHANT_FIELDS
    if isinstance(Product._meta.get_field(name), models.BooleanField)  # noqa: SLF001 -- Django's documented way to a field
}
REQUIRED = [name for name, field in LineForm.base_fields.items() if field.required]


@transaction.atomic
def import_products(*, lines: Iterable[str], by: "Actor", keep_good: bool = False) -> ImportReport:
    """Write a product list; with faults in it all lines are left out, or only the bad ones.

    Raises `ProductNotAllowedError`, and `SkuTakenError` when another write adds the same SKU
    meanwhile.
    """
    invalidate(PRODUCTS)
    if not by.is_authenticated or not may_sell(by):
        raise ProductNotAllowedError("Only merchants and administrators can import products.")
    reading = _Reading(lines)
    added = changed = 0
    rows = reading.rows()
    while batch := dict(islice(rows, BATCH)):
        more_added, more_changed = _write(batch, by)
        added, changed = added + more_added, changed + more_changed
    imported = keep_good or not reading.faults
    if not imported:
        transaction.set_rollback(True)
        added = changed = 0
    return ImportReport(imported, added, changed, tuple(reading.faults))


class _Reading:
    """A file as it is read: its good lines come out of `rows`, the others become `faults`."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.file = csv.DictReader(lines, strict=True)
        self.faults: list[LineFault] = []
        self.seen: dict[str, int] = {}
        self.shelves: dict[str, tuple[Category, dict[str, str]]] = {}

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return the members of each good line by its SKU."""
        try:
            if not self._fits_header():
                return
            for row in self.file:
                found = self._read(row)
                if found:
                    yield found["sku"], found
                if len(self.faults) >= MAX_FAULTS:
                    self._fault("", "Too many faults. The rest of the file was not read.")
                    return
        except UnicodeDecodeError:
            self._fault("", "The file is not valid UTF-8 from here on.", ahead=1)
        except csv.Error as error:
            self._fault("", f"The file is not valid CSV from here on: {error}.", ahead=1)

    def _fault(self, column: str, detail: str, *, ahead: int = 0) -> None:
        self.faults.append(LineFault(max(self.file.line_num + ahead, 1), column, detail))

    def _fits_header(self) -> bool:
        names = list(self.file.fieldnames or [])
        known = ", ".join(LineForm.base_fields)
        for name in REQUIRED:
            if name not in names:
                self._fault(name, "This column is missing.")
        for position, name in enumerate(names):
            if name not in LineForm.base_fields:
                self._fault(name[:80], f"Unknown column. The columns are: {known}.")
            elif name in names[:position]:
                self._fault(name, "This column is repeated.")
        return not self.faults

    def _read(self, row: dict[Any, Any]) -> dict[str, Any] | None:
        if None in row:
            self._fault("", "This line has more cells than the header.")
            return None
        form = LineForm(row)
        for column, sentences in form.errors.items():
            for sentence in sentences:
                self._fault(column, str(sentence))
        if form.errors or not self._fits(form.cleaned_data):
            return None
        given: dict[str, Any] = {
            name: value for name, value in form.cleaned_data.items() if value not in ("", None)
        }
        given["category"] = self.shelves[given["category"]][0]
        return {name: YES_OR_NO[value] if name in FLAGS else value for name, value in given.items()}

    def _fits(self, line: dict[str, Any]) -> bool:
        """Check what one column alone does not tell."""
        before = len(self.faults)
        first = self.seen.setdefault(line["sku"], self.file.line_num)
        if first != self.file.line_num:
            self._fault("sku", f"This SKU is already on line {first}.")
        for column in ("name", "description"):
            if UNKEPT.search(line[column]):
                self._fault(column, "This contains a character that cannot be stored.")
        try:
            _, kinds = self._shelf(line["category"])
            attributes = line["attributes"]
            if attributes is not None and not isinstance(attributes, dict):
                self._fault("attributes", "Enter a JSON object.")
            elif attributes:
                check_attributes(attributes, kinds)
        except CategoryNotFoundError as error:
            self._fault("category", error.message)
        except AttributesError as error:
            self._fault("attributes", error.message)
        return len(self.faults) == before

    def _shelf(self, slug: str) -> tuple[Category, dict[str, str]]:
        if slug not in self.shelves:
            category = queries.get_category(slug)
            self.shelves[slug] = (category, queries.kinds_of_attributes(category))
        return self.shelves[slug]


def _write(batch: dict[str, dict[str, Any]], by: "Actor") -> tuple[int, int]:
    """Add or change the products of some lines; gives how many of each."""
    # In one order, so that two imports at one moment wait for one another instead of for ever.
    kept = Product.objects.select_for_update().filter(owner_id=by.pk, sku__in=batch).order_by("id")
    present = {product.sku: product for product in kept.defer("vector")}
    before = {sku: product.stock for sku, product in present.items()}
    prices = {sku: _price(product) for sku, product in present.items()}
    for sku, product in present.items():
        for name, value in batch[sku].items():
            setattr(product, name, value)
        product.version += 1
    new = [Product(owner_id=by.pk, **batch[sku]) for sku in batch if sku not in present]
    columns = [*(name for name in LineForm.base_fields if name != "sku"), "version"]
    Product.objects.bulk_update(present.values(), columns)
    with constraint_errors(SkuTakenError, CategoryNotFoundError, deferred=True):
        Product.objects.bulk_create(new)
    StockChange.objects.bulk_create(
        StockChange(product=product, quantity=difference, changed_by_id=by.pk)
        for product in (*new, *present.values())
        if (difference := product.stock - before.get(product.sku, 0))
    )
    _record(new, present, prices, by)
    return len(new), len(present)


def _record(
    new: Iterable[Product],
    present: dict[str, Product],
    prices: dict[str, str],
    by: "Actor",
) -> None:
    """Write down what was offered, and whose price is another than before."""
    offered = [(one, {"price": _price(one), "stock": one.stock}) for one in new]
    record_each("product.offered", by=by, of=offered)
    repriced = [
        (product, {"before": prices[sku], "after": _price(product)})
        for sku, product in present.items()
        if _price(product) != prices[sku]
    ]
    record_each("product.price_set", by=by, of=repriced)


def _price(product: Product) -> str:
    return f"{product.price:.2f} {product.currency}"
