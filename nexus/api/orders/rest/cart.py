"""The cart of the current user."""

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.authentication import current_user
from nexus.api.errors import NotAuthenticatedError
from nexus.api.orders.inputs import CartLineInput, QuantityInput
from nexus.api.rest.operations import read_operation, write_operation
from nexus.api.rest.resource import Resource
from nexus.apps.orders import errors, queries, services
from nexus.apps.products.errors import ProductNotFoundError

__all__ = [
    "CartDetail",
    "CartLineDetail",
    "CartLineList",
    "CartLineSerializer",
    "CartSerializer",
]

LINE_ERRORS = (
    ProductNotFoundError,
    errors.CartFullError,
    errors.CartCurrencyError,
    errors.QuantityError,
)


class CartLineSerializer(serializers.Serializer[queries.LineInCart]):
    """A product and its quantity, at the current price."""

    product = serializers.IntegerField(help_text="The product's id.")
    sku = serializers.CharField()
    name = serializers.CharField()
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    quantity = serializers.IntegerField()
    total = serializers.DecimalField(max_digits=14, decimal_places=2)
    problem = serializers.ChoiceField(
        [problem.value for problem in queries.Problem],
        allow_null=True,
        help_text="Why this line cannot be ordered as it is; null if it can.",
    )


class CartSerializer(serializers.Serializer[queries.Cart]):
    """The products that a user means to order."""

    lines = CartLineSerializer(many=True)
    currency = serializers.CharField(
        allow_null=True, help_text="Null if the cart is empty or holds several currencies."
    )
    total = serializers.DecimalField(
        max_digits=14,
        decimal_places=2,
        help_text="Without shipping; 0 if there are several currencies.",
    )
    can_be_ordered = serializers.BooleanField(help_text="Whether the cart can be checked out.")


class Own(Resource):
    """A view of the current user's cart."""

    serializer_class = CartSerializer
    permission_classes = (IsAuthenticated,)


class CartDetail(Own):
    """The whole cart."""

    @read_operation("Get your cart", CartSerializer, NotAuthenticatedError)
    def get(self, request: Request) -> Response:
        """Return the cart at current prices. Stock is not reserved until checkout."""
        return self.detail_response(queries.get_cart(current_user(request)))

    @write_operation("Empty your cart", {200: CartSerializer}, request=None)
    def delete(self, request: Request) -> Response:
        """Remove everything from the cart."""
        return self.detail_response(services.clear_cart(by=current_user(request)))


class CartLineList(Own):
    """The lines of the cart."""

    @write_operation(
        "Add a product to your cart", {200: CartSerializer}, *LINE_ERRORS, request=CartLineInput
    )
    def post(self, request: Request) -> Response:
        """Add units of a product to those already in the cart."""
        body = self.validated_body(CartLineInput)
        cart = services.add_to_cart(
            product_id=body["product"], quantity=body["quantity"], by=current_user(request)
        )
        return self.detail_response(cart)


class CartLineDetail(Own):
    """One line of the cart."""

    @write_operation(
        "Set a quantity in your cart",
        {200: CartSerializer},
        *LINE_ERRORS,
        request=QuantityInput,
    )
    def put(self, request: Request, product_id: int) -> Response:
        """Set the quantity of a product, whether or not it is in the cart yet."""
        body = self.validated_body(QuantityInput)
        cart = services.set_quantity(product_id=product_id, by=current_user(request), **body)
        return self.detail_response(cart)

    @write_operation(
        "Remove a product from your cart",
        {200: CartSerializer},
        errors.CartLineNotFoundError,
        request=None,
    )
    def delete(self, request: Request, product_id: int) -> Response:
        """Remove a product from the cart."""
        cart = services.remove_from_cart(product_id=product_id, by=current_user(request))
        return self.detail_response(cart)
