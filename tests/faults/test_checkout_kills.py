"""PostgreSQL and the worker killed at random points of a busy checkout: nothing is lost.

Only a mail may be sent twice: a worker that dies after the mail server has accepted it and before
its own commit sends it again. These duplicates are counted.
"""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.processes.shop import STOCK, Shop, open_shop

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3_600)]

BUYERS = 2
MAX_WAIT_S = 0.25


def check(shop: Shop, *, kills: int, killed: str) -> None:
    """Compare what was acknowledged with the database, and count duplicates."""
    shop.drain()
    orders: dict[str, str] = dict(shop.ask("SELECT number, state FROM orders_order"))
    lost = [number for number in shop.ordered if number not in orders]
    unpaid = [number for number in shop.paid if orders.get(number) != "paid"]
    gaps = shop.ask(
        "SELECT o.number FROM orders_order o LEFT JOIN orders_orderevent e ON e.order_id = o.id "
        "GROUP BY o.id HAVING count(e) <> o.version OR max(e.number) <> o.version"
    )
    mails = shop.count_mails()
    wanted = {
        f"<order-event-{pk}.{number}@nexus>"
        for pk, number in shop.ask(
            "SELECT e.id, o.number FROM orders_orderevent e JOIN orders_order o "
            "ON o.id = e.order_id WHERE e.kind IN ('placed', 'paid')"
        )
    }
    doubled = sum(count - 1 for count in mails.values())
    ((stock,),) = shop.ask("SELECT stock FROM products_product")

    print(  # noqa: T201 -- the figures of the run
        f"{killed} killed {kills} times: {len(shop.ordered)} orders acknowledged, "
        f"{len(lost)} lost; {len(shop.paid)} payments acknowledged, {len(unpaid)} lost; "
        f"{len(gaps)} histories with gaps; {len(wanted)} mails due, "
        f"{len(wanted - set(mails))} lost, {doubled} doubled"
    )
    assert (lost, unpaid, gaps) == ([], [], [])
    assert len(set(shop.ordered)) == len(shop.ordered) == len(orders)
    assert stock == STOCK - len(orders)
    assert wanted == set(mails)
    # Each kill ends at most what the worker's two processes were doing.
    assert doubled <= 2 * kills
    assert "Every order matches its events." in shop.manage("audit_orders")


def wait_somewhere(chance: random.Random) -> None:
    """Wait for a random time, not for an event: this spreads the kills over the whole checkout."""
    threading.Event().wait(chance.uniform(0, MAX_WAIT_S))


def test_no_order_is_lost_where_postgres_is_killed(
    seed: int, sized: Callable[[int, int], int], tmp_path: Path
) -> None:
    chance, kills = random.Random(seed), sized(3, 50)  # noqa: S311 -- seeded moments, not a secret
    with open_shop(tmp_path, buyers=BUYERS) as shop:
        shop.start_worker()
        with shop.buyers(BUYERS):
            for _ in range(kills):
                # It has restarted and works before it is killed again.
                shop.await_orders(3)
                wait_somewhere(chance)
                shop.kill_postgres()
            shop.await_orders(3)
        shop.kill_worker()
        check(shop, kills=kills + 1, killed="PostgreSQL")


def test_no_order_is_lost_where_the_worker_is_killed(
    seed: int, sized: Callable[[int, int], int], tmp_path: Path
) -> None:
    chance, kills = random.Random(seed), sized(2, 50)  # noqa: S311 -- seeded moments, not a secret
    with open_shop(tmp_path, buyers=BUYERS) as shop:
        with shop.buyers(BUYERS):
            shop.await_orders(3)
            for _ in range(kills):
                shop.start_worker()
                wait_somewhere(chance)
                shop.kill_worker()
            shop.await_orders(3)
        check(shop, kills=kills, killed="The worker")
