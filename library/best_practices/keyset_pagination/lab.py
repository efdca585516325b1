"""The lab of this page: fifty products, newest first, from ever deeper in the list."""

from decimal import Decimal
from functools import cache

from nexus.apps.products.models import Product
from nexus.apps.products.samples import Shop
from nexus.engines.experiment import AtLeast, Counted, Exponent, Growth, Needs

PAGE = 50

lab = Growth(
    title="A page of products, ever deeper in the list",
    data=Shop(products=1_000_050, images=0),
    needs=Needs(disk_mb=1_500, memory_mb=400, time_s=90),
    size="depth",
    sizes=(1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000),
)

newest_first = Product.objects.order_by("-id").values_list("id", "name", "price")
Row = tuple[int, str, Decimal]


# anchor: cursor
@cache
def cursor(depth: int) -> int:
    """Return the id that the page before ended with, which its reader has seen.

    The first call is slow. It is the oracle's, so no timed call pays for it.
    """
    return newest_first[depth - 1][0]


# end: cursor


@lab.variant(baseline=True)
# anchor: offset
def offset(depth: int) -> list[Row]:
    return list(newest_first[depth : depth + PAGE])


# end: offset


@lab.variant
# anchor: keyset
def keyset(depth: int) -> list[Row]:
    return list(newest_first.filter(id__lt=cursor(depth))[:PAGE])


# end: keyset


lab.expect(
    Counted("keyset-pagination.same-rows", "offset", "rows", PAGE),
    Exponent("keyset-pagination.offset-grows", "offset", at_least=0.8),
    Exponent("keyset-pagination.keyset-flat", "keyset", at_most=0.2),
    AtLeast("keyset-pagination.faster", "keyset", ratio=10, case={"depth": 100_000}),
    AtLeast(
        "keyset-pagination.shallow", "keyset", ratio=1.5, case={"depth": 1_000}, declared="refuted"
    ),
)
