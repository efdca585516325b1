"""What carriers would take for what is in one's cart."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.orders.inputs import QuoteInput
from nexus.api.orders.rest.cart import person
from nexus.api.rest.operations import write_operation
from nexus.api.rest.resource import Resource
from nexus.apps.orders import errors, services
from nexus.apps.orders.carriers.quotes import Silence
from nexus.apps.orders.shipping import ShippingMethod

__all__ = [
    "ShippingQuoteList",
    "ShippingQuoteSerializer",
    "ShippingQuotesSerializer",
    "UnansweredSerializer",
]


class ShippingQuoteSerializer(serializers.Serializer[services.ShippingQuote]):
    """What a carrier takes."""

    carrier = serializers.CharField()
    shipping_method = serializers.ChoiceField([method.value for method in ShippingMethod])
    price = serializers.DecimalField(max_digits=14, decimal_places=2)
    currency = serializers.CharField()
    days = serializers.IntegerField(help_text="How long it is under way.")
    quote = serializers.CharField(help_text="What the checkout is sent to take this.")
    expires_at = serializers.DateTimeField()


class UnansweredSerializer(serializers.Serializer[services.Unanswered]):
    """A carrier that did not answer."""

    carrier = serializers.CharField()
    reason = serializers.ChoiceField([silence.value for silence in Silence])


class ShippingQuotesSerializer(serializers.Serializer[services.ShippingQuotes]):
    """What the carriers said in time, the cheapest first."""

    quotes = ShippingQuoteSerializer(many=True)
    unanswered = UnansweredSerializer(many=True)


class ShippingQuoteList(Resource):
    """Asking the carriers."""

    serializer_class = ShippingQuotesSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Ask carriers what shipping costs",
        {200: ShippingQuotesSerializer},
        errors.CartEmptyError,
        errors.CartCurrencyError,
        request=QuoteInput,
    )
    def post(self, request: Request) -> Response:
        """Ask every carrier at once for the cart as it is; who is late is named and left out."""
        sent: dict[str, Any] = self.validated_body(QuoteInput)
        return self.detail_response(services.quote_shipping(by=person(request), **sent))
