"""Flat shipping prices, used without a carrier's quote."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from nexus.apps.orders.errors import ShippingUnavailableError

__all__ = ["ShippingMethod", "shipping_price"]


class ShippingMethod(StrEnum):
    """How fast an order is shipped."""

    STANDARD = "standard"
    EXPRESS = "express"


RATES: Mapping[str, Mapping[ShippingMethod, Decimal]] = {
    "EUR": {ShippingMethod.STANDARD: Decimal("4.90"), ShippingMethod.EXPRESS: Decimal("12.90")},
    "USD": {ShippingMethod.STANDARD: Decimal("5.90"), ShippingMethod.EXPRESS: Decimal("14.90")},
    "GBP": {ShippingMethod.STANDARD: Decimal("3.90"), ShippingMethod.EXPRESS: Decimal("10.90")},
    "GHS": {ShippingMethod.STANDARD: Decimal("60.00"), ShippingMethod.EXPRESS: Decimal("150.00")},
    "KES": {ShippingMethod.STANDARD: Decimal("650.00"), ShippingMethod.EXPRESS: Decimal("1700.00")},
    "NGN": {ShippingMethod.STANDARD: Decimal("7500.00"), ShippingMethod.EXPRESS: Decimal(19000)},
}


def shipping_price(*, currency: str, method: ShippingMethod) -> Decimal:
    """Return the price of shipping. Raises `ShippingUnavailableError`."""
    try:
        return RATES[currency][method]
    except KeyError as error:
        raise ShippingUnavailableError from error
