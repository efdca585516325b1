"""Inputs of carts, orders, payments and webhooks."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from nexus.api.fields import COUNTRY, TEXT, WORDS, PriceField
from nexus.api.inputs import PageParameters
from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models.carts import MAX_PIECES
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.orders.states import OrderState

__all__ = [
    "CancelInput",
    "CartLineInput",
    "CheckoutInput",
    "ManagedParameters",
    "QuantityInput",
    "QuoteInput",
    "RefundInput",
    "ShipInput",
    "WebhookChangeInput",
    "WebhookInput",
]

QUOTE = r"^[A-Za-z0-9:_-]{1,1000}$"
MAX_ID = 2**63 - 1
WEBHOOK_ADDRESS = (
    r"^https?://([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?$"
)
MAX_WEBHOOK_ADDRESS = 500


class QuantityInput(serializers.Serializer[Any]):
    """A quantity."""

    quantity = serializers.IntegerField(min_value=1, max_value=MAX_PIECES)


class CartLineInput(QuantityInput):
    """A product and the units to add."""

    product = serializers.IntegerField(min_value=1, max_value=MAX_ID, help_text="The product's id.")


class CheckoutInput(serializers.Serializer[Any]):
    """The address and the shipping method of an order."""

    recipient = serializers.RegexField(WORDS, max_length=120)
    street = serializers.RegexField(WORDS, max_length=200, help_text="With the house number.")
    postal_code = serializers.RegexField(TEXT, max_length=20, allow_blank=True, default="")
    city = serializers.RegexField(WORDS, max_length=120)
    country = serializers.RegexField(COUNTRY, max_length=2, help_text="An ISO 3166-1 code.")
    shipping_method = serializers.ChoiceField(
        [method.value for method in ShippingMethod], default=ShippingMethod.STANDARD.value
    )
    expected_total = PriceField(
        required=False,
        help_text="The total that the buyer saw, shipping included. Any other total is refused.",
    )
    quote = serializers.RegexField(
        QUOTE,
        max_length=1_000,
        required=False,
        help_text="A shipping quote as it was returned. Its price and method apply.",
    )


class QuoteInput(serializers.Serializer[Any]):
    """The destination of the cart."""

    country = serializers.RegexField(COUNTRY, max_length=2, help_text="An ISO 3166-1 code.")
    postal_code = serializers.RegexField(TEXT, max_length=20, allow_blank=True, default="")


class CancelInput(serializers.Serializer[Any]):
    """The reason for a cancellation."""

    reason = serializers.RegexField(TEXT, max_length=200, allow_blank=True, default="")


class ShipInput(serializers.Serializer[Any]):
    """The tracking of a shipment."""

    tracking = serializers.RegexField(TEXT, max_length=80, allow_blank=True, default="")


@extend_schema_field(
    {"type": "string", "pattern": r"^(0*[1-9][0-9]{0,9}(\.[0-9]{1,2})?|0\.(0[1-9]|[1-9][0-9]?))$"}
)
class AmountField(PriceField):
    """An amount of money above 0."""

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the amount. Raises DRF's `ValidationError` for 0."""
        amount = super().to_internal_value(data)
        if not amount:
            raise serializers.ValidationError("Enter an amount above 0.")
        return amount


class RefundInput(serializers.Serializer[Any]):
    """The amount of a refund and its reason."""

    amount = AmountField(required=False, help_text="Defaults to everything not yet refunded.")
    reason = serializers.RegexField(TEXT, max_length=200, allow_blank=True, default="")


class ManagedParameters(PageParameters):
    """Filters of managed orders."""

    state = serializers.ChoiceField([state.value for state in OrderState], required=False)


def _events_field(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField([kind.value for kind in EventKind]),
        max_length=len(EventKind),
        help_text="Event types to receive; an empty list means all.",
        **options,
    )


class WebhookInput(serializers.Serializer[Any]):
    """The address of a webhook and the events it receives."""

    url = serializers.RegexField(
        WEBHOOK_ADDRESS, max_length=MAX_WEBHOOK_ADDRESS, help_text="A public https address."
    )
    events = _events_field(default=list)


class WebhookChangeInput(serializers.Serializer[Any]):
    """Changes of a webhook; omitted members stay as they are."""

    url = serializers.RegexField(WEBHOOK_ADDRESS, max_length=MAX_WEBHOOK_ADDRESS, required=False)
    events = _events_field(required=False)
    is_on = serializers.BooleanField(
        required=False, help_text="Enabling a webhook resets its count of failures."
    )
