"""A buyer in its own process: orders and pays until its standard input ends.

Every failure is retried with the same key and the same message. A line is
printed for each order that was acknowledged, and for each that was paid.
"""

import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import TypeVar

import django

T = TypeVar("T")
PAUSE_S = 0.02


def main() -> None:
    """Buy the product whose id is the first argument, as the user whose id is the second."""
    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import InterfaceError, OperationalError, connection

    from nexus.apps.orders import services
    from nexus.apps.orders.models import Order, Payment
    from nexus.apps.orders.shipping import ShippingMethod
    from nexus.core.idempotency.errors import StillRunningError
    from nexus.core.idempotency.services import Answer, answer_once
    from tests.support.factories import HOME, message, receive

    ended = threading.Event()
    threading.Thread(target=_await_end, args=(ended,), daemon=True).start()
    product_id, user_id = int(sys.argv[1]), int(sys.argv[2])

    def insist(act: Callable[[], T]) -> T:
        while True:
            try:
                return act()
            except (OperationalError, InterfaceError, StillRunningError):
                connection.close()
                # The server is restarting; no event says when it is back.
                time.sleep(PAUSE_S)

    user = insist(lambda: get_user_model().objects.get(pk=user_id))

    def order(key: str) -> str:
        def act() -> Answer:
            made = services.place_order(
                address=HOME, shipping_method=ShippingMethod.STANDARD, by=user
            )
            return Answer(201, made.number.encode())

        return answer_once(user_id=user_id, key=key, asked="order", act=act).body.decode()

    def pay(number: str) -> Payment:
        order_id = Order.objects.values_list("pk", flat=True).get(number=number)
        return services.start_payment(order_id=order_id, by=user)

    while not ended.is_set():
        insist(lambda: services.set_quantity(product_id=product_id, quantity=1, by=user))
        key = uuid.uuid4().hex
        number = insist(lambda key=key: order(key))  # type: ignore[misc]
        print("ordered", number, flush=True)  # noqa: T201 -- what the test reads
        payment = insist(lambda number=number: pay(number))  # type: ignore[misc]
        body, headers = insist(lambda payment=payment: message(payment))  # type: ignore[misc]
        insist(lambda body=body, headers=headers: receive(body, headers))  # type: ignore[misc]
        print("paid", number, flush=True)  # noqa: T201 -- what the test reads


def _await_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
