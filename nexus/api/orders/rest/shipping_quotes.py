"""Shipping quotes for a cart."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.authentication import current_user
from nexus.api.orders.inputs import QuoteInput
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
    """A carrier's offer."""

    carrier = serializers.CharField()
    shipping_method = serializers.ChoiceField([method.value for method in ShippingMethod])
    price = serializers.DecimalField(max_digits=14, decimal_places=2)
    currency = serializers.CharField()
    days = serializers.IntegerField(help_text="Days in transit.")
    quote = serializers.CharField(help_text="Send this at checkout to use this offer.")
    expires_at = serializers.DateTimeField()


class UnansweredSerializer(serializers.Serializer[services.Unanswered]):
    """A carrier that did not respond."""

    carrier = serializers.CharField()
    reason = serializers.ChoiceField([silence.value for silence in Silence])


class ShippingQuotesSerializer(serializers.Serializer[services.ShippingQuotes]):
    """The offers that arrived in time, cheapest first."""

    quotes = ShippingQuoteSerializer(many=True)
    unanswered = UnansweredSerializer(many=True)


class ShippingQuoteList(Resource):
    """Requests for shipping quotes."""

    serializer_class = ShippingQuotesSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Request shipping quotes",
        {200: ShippingQuotesSerializer},
        errors.CartEmptyError,
        errors.CartCurrencyError,
        request=QuoteInput,
    )
    def post(self, request: Request) -> Response:
        """Request offers from all carriers at once. Carriers that are late are listed apart."""
        body: dict[str, Any] = self.validated_body(QuoteInput)
        return self.detail_response(services.quote_shipping(by=current_user(request), **body))
