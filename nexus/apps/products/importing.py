"""Import of products from CSV: read line by line, written in batches, with every fault reported.

A line whose SKU the merchant already has changes that product; any other line adds one. An empty
cell leaves the value unchanged.
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
    """A fault in a line of the file, counted from 1, and its column."""

    line: int
    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import. If `imported` is false, nothing was written."""

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
"""Columns that are checked more strictly than the model's field."""


def _column(name: str) -> Any:
    """Return the form field of a column: from `COLUMNS`, or else derived from the model."""
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
"""The form that validates one line."""

FLAGS = {
    name
    for name in Product.MERCHANT_FIELDS
    if isinstance(Product._meta.get_field(name), models.BooleanField)  # noqa: SLF001 -- Django's documented way to a field
}
TEXTS = [name for name, field in LineForm.base_fields.items() if type(field) is forms.CharField]
REQUIRED = [name for name, field in LineForm.base_fields.items() if field.required]


@transaction.atomic
def import_products(*, lines: Iterable[str], by: "Actor", keep_good: bool = False) -> ImportReport:
    """Import a product list. If a line has a fault, nothing is written, or only the good lines.

    `keep_good` selects the latter. Raises `ProductNotAllowedError`, and `SkuTakenError` if another
    transaction adds the same SKU in the meantime.
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
    """Reads a file: its good lines are yielded by `rows`, the others are added to `faults`."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.file = csv.DictReader(lines, strict=True)
        self.faults: list[LineFault] = []
        self.seen: dict[str, int] = {}
        self.shelves: dict[str, tuple[Category, dict[str, str]]] = {}

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the values of each good line by its SKU."""
        try:
            if not self._check_header():
                return
            for row in self.file:
                product = self._read(row)
                if product:
                    yield product["sku"], product
                if len(self.faults) >= MAX_FAULTS:
                    self._fault("", "Too many faults. The rest of the file was not read.")
                    return
        except UnicodeDecodeError:
            self._fault("", "The file is not valid UTF-8 from here on.", ahead=1)
        except csv.Error as error:
            self._fault("", f"The file is not valid CSV from here on: {error}.", ahead=1)

    def _fault(self, column: str, detail: str, *, ahead: int = 0) -> None:
        self.faults.append(LineFault(max(self.file.line_num + ahead, 1), column, detail))

    def _check_header(self) -> bool:
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
        if form.errors or not self._check(form.cleaned_data):
            return None
        values: dict[str, Any] = {
            name: value for name, value in form.cleaned_data.items() if value not in ("", None)
        }
        values["category"] = self.shelves[values["category"]][0]
        return {
            name: YES_OR_NO[value] if name in FLAGS else value for name, value in values.items()
        }

    def _check(self, line: dict[str, Any]) -> bool:
        """Check what depends on more than one column or line."""
        faults_before = len(self.faults)
        first = self.seen.setdefault(line["sku"], self.file.line_num)
        if first != self.file.line_num:
            self._fault("sku", f"This SKU is already on line {first}.")
        for column in TEXTS:
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
        return len(self.faults) == faults_before

    def _shelf(self, slug: str) -> tuple[Category, dict[str, str]]:
        if slug not in self.shelves:
            category = queries.get_category(slug)
            self.shelves[slug] = (category, queries.kinds_of_attributes(category))
        return self.shelves[slug]


def _write(batch: dict[str, dict[str, Any]], by: "Actor") -> tuple[int, int]:
    """Add or change the products of some lines. Returns how many of each."""
    # Rows are locked in a fixed order, so that concurrent imports wait instead of deadlocking.
    rows = Product.objects.select_for_update().filter(owner_id=by.pk, sku__in=batch).order_by("id")
    existing = {product.sku: product for product in rows.defer("vector")}
    before = {sku: product.stock for sku, product in existing.items()}
    prices = {sku: _price(product) for sku, product in existing.items()}
    for sku, product in existing.items():
        for name, value in batch[sku].items():
            setattr(product, name, value)
        product.version += 1
    new = [Product(owner_id=by.pk, **batch[sku]) for sku in batch if sku not in existing]
    columns = [*(name for name in LineForm.base_fields if name != "sku"), "version"]
    Product.objects.bulk_update(existing.values(), columns)
    with constraint_errors(SkuTakenError, CategoryNotFoundError, deferred=True):
        Product.objects.bulk_create(new)
    StockChange.objects.bulk_create(
        StockChange(product=product, quantity=difference, changed_by_id=by.pk)
        for product in (*new, *existing.values())
        if (difference := product.stock - before.get(product.sku, 0))
    )
    _record(new, existing, prices, by)
    return len(new), len(existing)


def _record(
    new: Iterable[Product],
    existing: dict[str, Product],
    prices: dict[str, str],
    by: "Actor",
) -> None:
    """Write audit entries for new products and for changed prices."""
    offered = [(product, {"price": _price(product), "stock": product.stock}) for product in new]
    record_each("product.offered", by=by, of=offered)
    repriced = [
        (product, {"before": prices[sku], "after": _price(product)})
        for sku, product in existing.items()
        if _price(product) != prices[sku]
    ]
    record_each("product.price_set", by=by, of=repriced)


def _price(product: Product) -> str:
    return f"{product.price:.2f} {product.currency}"
