"""The lab of this page: sixteen buyers want the last twenty pieces of one product."""

from django.db import transaction
from django.db.models import F, Sum

from nexus.apps.products.models import Category, Product, StockChange
from nexus.apps.products.samples import Shop
from nexus.engines.experiment import AtLeast, Needs, Never, Occurs, Trials

STOCK = 20

lab = Trials(
    title="Sixteen buyers, twenty pieces",
    data=Shop(),
    needs=Needs(disk_mb=200, memory_mb=400, time_s=60),
    workers=16,
)


@lab.prepare
def shelf() -> int:
    category, _ = Category.objects.get_or_create(slug="last-pieces", name="Last pieces")
    number = Product.objects.count()
    product = Product.objects.create(
        sku=f"LAST-{number}", name="Last pieces", category=category, price=10, stock=STOCK
    )
    return product.pk


def book_sale(product_id: int) -> None:
    StockChange.objects.create(product_id=product_id, quantity=-1)


@lab.variant(baseline=True, label="read then write")
# anchor: read_modify_write
def read_modify_write(product_id: int) -> bool:
    with transaction.atomic():
        product = Product.objects.get(pk=product_id)
        if product.stock < 1:
            return False
        product.stock -= 1
        product.save(update_fields=["stock"])
        book_sale(product_id)
    return True


# end: read_modify_write


@lab.variant(label="row lock")
# anchor: row_lock
def row_lock(product_id: int) -> bool:
    with transaction.atomic():
        product = Product.objects.select_for_update().get(pk=product_id)
        if product.stock < 1:
            return False
        product.stock -= 1
        product.save(update_fields=["stock"])
        book_sale(product_id)
    return True


# end: row_lock


@lab.variant(label="optimistic version")
# anchor: optimistic_version
def optimistic_version(product_id: int) -> bool:
    while True:
        product = Product.objects.get(pk=product_id)
        if product.stock < 1:
            return False
        with transaction.atomic():
            unchanged = Product.objects.filter(pk=product_id, version=product.version)
            if unchanged.update(stock=product.stock - 1, version=F("version") + 1):
                book_sale(product_id)
                return True


# end: optimistic_version


@lab.variant(label="conditional update")
# anchor: conditional_update
def conditional_update(product_id: int) -> bool:
    with transaction.atomic():
        in_stock = Product.objects.filter(pk=product_id, stock__gte=1)
        if not in_stock.update(stock=F("stock") - 1):
            return False
        book_sale(product_id)
    return True


# end: conditional_update


@lab.inspect
def count(product_id: int) -> dict[str, int]:
    changes = StockChange.objects.filter(product_id=product_id)
    sold = -(changes.aggregate(total=Sum("quantity"))["total"] or 0)
    left = Product.objects.values_list("stock", flat=True).get(pk=product_id)
    return {"sold": sold, "oversold": max(0, sold - STOCK), "unaccounted": abs(STOCK - sold - left)}


lab.expect(
    Occurs("overselling.naive", "read_modify_write", "oversold"),
    Never("overselling.row-lock", "row_lock", "oversold"),
    Never("overselling.optimistic", "optimistic_version", "oversold"),
    Never("overselling.conditional-update", "conditional_update", "oversold"),
    AtLeast(
        "overselling.retries",
        "conditional_update",
        over="optimistic_version",
        ratio=2,
        measure="throughput",
    ),
    AtLeast(
        "overselling.lock-cost",
        "conditional_update",
        over="row_lock",
        ratio=2,
        measure="throughput",
        declared="refuted",
    ),
)
