"""Who may read an order may not, for that alone, cancel it."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from nexus.apps.orders.errors import OrderNotAllowedError
from nexus.apps.orders.models import Order
from nexus.apps.orders.services import fulfilment


def test_reader_cannot_cancel_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulfilment, "locked_order", lambda _id: Order(buyer_id=1, merchant_id=2))
    monkeypatch.setattr(fulfilment, "may_see", lambda _user, _order: True)
    # Without the transaction: nothing is written.
    cancel: Any = fulfilment.cancel_order
    with pytest.raises(OrderNotAllowedError):
        cancel.__wrapped__(order_id=1, by=AnonymousUser())
