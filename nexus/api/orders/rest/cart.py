"""The cart of who asks."""

from typing import cast

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError
from nexus.api.orders.inputs import CartLineInput, QuantityInput
from nexus.api.rest.operations import read_operation, write_operation
from nexus.api.rest.resource import Resource
from nexus.apps.orders import errors, queries, services
from nexus.apps.products.errors import ProductNotFoundError
from nexus.apps.users.models import User

__all__ = [
    "CartDetail",
    "CartLineDetail",
    "CartLineList",
    "CartLineSerializer",
    "CartSerializer",
    "person",
]

UNFIT = (
    ProductNotFoundError,
    errors.CartFullError,
    errors.CartCurrencyError,
    errors.QuantityError,
)


def person(request: Request) -> User:
    """Give who asks; the permission of the view has let nobody else pass."""
    return cast("User", request.user)


class CartLineSerializer(serializers.Serializer[queries.LineInCart]):
    """Some pieces of a product, at today's price."""

    product = serializers.IntegerField(help_text="The id of the product.")
    sku = serializers.CharField()
    name = serializers.CharField()
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    quantity = serializers.IntegerField()
    total = serializers.DecimalField(max_digits=14, decimal_places=2)
    problem = serializers.ChoiceField(
        [problem.value for problem in queries.Problem],
        allow_null=True,
        help_text="Why it cannot be ordered like this; null: it can.",
    )


class CartSerializer(serializers.Serializer[queries.Cart]):
    """What a person means to order."""

    lines = CartLineSerializer(many=True)
    currency = serializers.CharField(
        allow_null=True, help_text="Null where the cart is empty or holds several currencies."
    )
    total = serializers.DecimalField(
        max_digits=14, decimal_places=2, help_text="Without shipping; 0 in several currencies."
    )
    can_be_ordered = serializers.BooleanField(help_text="Whether nothing stands in the way now.")


class Own(Resource):
    """What has to do with the caller's cart."""

    serializer_class = CartSerializer
    permission_classes = (IsAuthenticated,)


class CartDetail(Own):
    """The cart as a whole."""

    @read_operation("Read one's cart", CartSerializer, NotAuthenticatedError)
    def get(self, request: Request) -> Response:
        """Give the cart at today's prices. It holds no stock: who orders first gets it."""
        return self.detail_response(queries.get_cart(person(request)))

    @write_operation("Empty one's cart", {200: CartSerializer}, request=None)
    def delete(self, request: Request) -> Response:
        """Take everything out of the cart."""
        return self.detail_response(services.clear_cart(by=person(request)))


class CartLineList(Own):
    """The lines of the cart."""

    @write_operation(
        "Put a product into one's cart", {200: CartSerializer}, *UNFIT, request=CartLineInput
    )
    def post(self, request: Request) -> Response:
        """Put pieces of a product beside those that are in the cart already."""
        wanted = self.validated_body(CartLineInput)
        cart = services.add_to_cart(
            product_id=wanted["product"], quantity=wanted["quantity"], by=person(request)
        )
        return self.detail_response(cart)


class CartLineDetail(Own):
    """One line of the cart."""

    @write_operation(
        "Set how many pieces are in one's cart",
        {200: CartSerializer},
        *UNFIT,
        request=QuantityInput,
    )
    def put(self, request: Request, product_id: int) -> Response:
        """Let the cart hold that many pieces of a product, whether or not it held any."""
        wanted = self.validated_body(QuantityInput)
        cart = services.set_quantity(product_id=product_id, by=person(request), **wanted)
        return self.detail_response(cart)

    @write_operation(
        "Take a product out of one's cart",
        {200: CartSerializer},
        errors.CartLineNotFoundError,
        request=None,
    )
    def delete(self, request: Request, product_id: int) -> Response:
        """Take all pieces of a product out of the cart."""
        cart = services.remove_from_cart(product_id=product_id, by=person(request))
        return self.detail_response(cart)
