"""What can be asked of carts, orders and payments, and sent about them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from nexus.api.fields import COUNTRY, TEXT, WORDS, PriceField
from nexus.api.inputs import PageParameters
from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models.carts import MOST_PIECES
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
    """How many pieces."""

    quantity = serializers.IntegerField(min_value=1, max_value=MOST_PIECES)


class CartLineInput(QuantityInput):
    """Pieces of a product that are to be in the cart as well."""

    product = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, help_text="The id of a product."
    )


class CheckoutInput(serializers.Serializer[Any]):
    """Where an order goes, and how."""

    recipient = serializers.RegexField(WORDS, max_length=120)
    street = serializers.RegexField(WORDS, max_length=200, help_text="With the number.")
    postal_code = serializers.RegexField(TEXT, max_length=20, allow_blank=True, default="")
    city = serializers.RegexField(WORDS, max_length=120)
    country = serializers.RegexField(COUNTRY, max_length=2, help_text="A code of ISO 3166-1.")
    shipping_method = serializers.ChoiceField(
        [method.value for method in ShippingMethod], default=ShippingMethod.STANDARD.value
    )
    expected_total = PriceField(
        required=False,
        help_text="What the buyer was shown, with shipping: another sum is refused.",
    )
    quote = serializers.RegexField(
        QUOTE,
        max_length=1_000,
        required=False,
        help_text="What a carrier takes, as it was given: its price and its method count then.",
    )


class QuoteInput(serializers.Serializer[Any]):
    """Where the cart would go."""

    country = serializers.RegexField(COUNTRY, max_length=2, help_text="A code of ISO 3166-1.")
    postal_code = serializers.RegexField(TEXT, max_length=20, allow_blank=True, default="")


class CancelInput(serializers.Serializer[Any]):
    """Why an order is given up."""

    reason = serializers.RegexField(TEXT, max_length=200, allow_blank=True, default="")


class ShipInput(serializers.Serializer[Any]):
    """How an order that has left can be followed."""

    tracking = serializers.RegexField(TEXT, max_length=80, allow_blank=True, default="")


@extend_schema_field(
    {"type": "string", "pattern": r"^(0*[1-9][0-9]{0,9}(\.[0-9]{1,2})?|0\.(0[1-9]|[1-9][0-9]?))$"}
)
class AmountField(PriceField):
    """An amount of money that is not nothing."""

    def to_internal_value(self, data: Any) -> Decimal:
        """Give the amount. Raises DRF's `ValidationError` for none."""
        amount = super().to_internal_value(data)
        if not amount:
            raise serializers.ValidationError("Send an amount above 0.")
        return amount


class RefundInput(serializers.Serializer[Any]):
    """How much goes back, and why."""

    amount = AmountField(required=False, help_text="Left out: all that has not gone back yet.")
    reason = serializers.RegexField(TEXT, max_length=200, allow_blank=True, default="")


class ManagedParameters(PageParameters):
    """Which of the orders that one looks after."""

    state = serializers.ChoiceField([state.value for state in OrderState], required=False)


def _events_field(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField([kind.value for kind in EventKind]),
        max_length=len(EventKind),
        help_text="What to tell of; an empty list stands for all that happens.",
        **options,
    )


class WebhookInput(serializers.Serializer[Any]):
    """Where to tell of orders, and of what."""

    url = serializers.RegexField(
        WEBHOOK_ADDRESS, max_length=MAX_WEBHOOK_ADDRESS, help_text="A public address, by https."
    )
    events = _events_field(default=list)


class WebhookChangeInput(serializers.Serializer[Any]):
    """What a webhook is to be; what is left out stays."""

    url = serializers.RegexField(WEBHOOK_ADDRESS, max_length=MAX_WEBHOOK_ADDRESS, required=False)
    events = _events_field(required=False)
    is_on = serializers.BooleanField(
        required=False, help_text="Switched on, it may fail as often as a new one."
    )
