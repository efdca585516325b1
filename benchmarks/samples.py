"""How long sample data takes: `python -m benchmarks.samples [ROWS]`, by default a million.

Fills its own embedded database with a shop of that many products, three images each, with a travel
site of that many bookings, and with that many orders. Exits with 0 if it could measure.
"""

import os
import sys
import time

from benchmarks.installation import installation

__all__ = ["main"]

MILLION = 1_000_000
TARGET_S = 60


def main(rows: int) -> int:
    """Print the figures as a table."""
    with installation():
        from django.db import connection

        from nexus.apps.orders.samples import Sales
        from nexus.apps.products.samples import Shop
        from nexus.apps.stays.samples import TravelSite

        print(f"The load of the machine was {os.getloadavg()[0]:.1f} when it began.\n")
        print("| rows | seconds | target |\n| --- | --- | --- |")
        for what, data in (
            (f"{rows:,} products, {3 * rows:,} images", Shop(products=rows)),
            (f"{rows:,} bookings", TravelSite(bookings=rows)),
            (f"{rows:,} orders, some {10 * rows:,} rows", Sales(orders=rows)),
        ):
            with connection.cursor() as cursor:
                # Orders bring their own small shop.
                cursor.execute("TRUNCATE products_category CASCADE")
            began = time.perf_counter()
            data.fill()
            took_s = time.perf_counter() - began
            met = "met" if took_s <= TARGET_S else "missed"
            print(
                f"| {what} | {took_s:.1f} | {f'≤ {TARGET_S}: {met}' if rows == MILLION else ''} |"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MILLION))
