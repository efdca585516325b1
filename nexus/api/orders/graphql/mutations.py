"""Mutations of carts, orders and payments."""

from typing import Any

import strawberry

from nexus.api.graphql.context import Info
from nexus.api.graphql.idempotency import create_once
from nexus.api.graphql.inputs import Values, takes
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import validate
from nexus.api.orders import inputs
from nexus.api.orders.graphql.types import Cart, Order, Payment, Refund, ShippingMethod
from nexus.apps.orders import models, queries, services, shipping

__all__ = ["OrdersMutation"]


@strawberry.type
class OrdersMutation:
    """Mutations of orders; with an idempotencyKey, a retry does nothing twice."""

    @strawberry.mutation(description="Add units of a product to your cart.")
    def add_to_cart(self, info: Info, product: BigInt, quantity: int = 1) -> Cart:
        user = info.context.require_user()
        values = validate(inputs.CartLineInput, product=product, quantity=quantity)
        return services.add_to_cart(
            product_id=values["product"], quantity=values["quantity"], by=user
        )

    @strawberry.mutation(description="Set the quantity of a product in your cart.")
    def set_cart_quantity(self, info: Info, product: BigInt, quantity: int) -> Cart:
        user = info.context.require_user()
        values = validate(inputs.CartLineInput, product=product, quantity=quantity)
        return services.set_quantity(
            product_id=values["product"], quantity=values["quantity"], by=user
        )

    @strawberry.mutation(description="Remove a product from your cart.")
    def remove_from_cart(self, info: Info, product: BigInt) -> Cart:
        return services.remove_from_cart(product_id=product, by=info.context.require_user())

    @strawberry.mutation(description="Remove everything from your cart.")
    def clear_cart(self, info: Info) -> Cart:
        return services.clear_cart(by=info.context.require_user())

    @strawberry.mutation(description="Check out: order the content of your cart at current prices.")
    @takes(inputs.CheckoutInput, enums={"shipping_method": ShippingMethod})
    def place_order(self, info: Info, idempotency_key: str, values: Values) -> Order:
        user = info.context.require_user()

        def act() -> models.Order:
            members: dict[str, Any] = dict(values)
            method = shipping.ShippingMethod(members.pop("shipping_method"))
            expected, quote_text = members.pop("expected_total", None), members.pop("quote", "")
            return services.place_order(
                address=services.Address(**members),
                shipping_method=method,
                expected_total=expected,
                quote=quote_text,
                by=user,
            )

        return create_once(
            info,
            key=idempotency_key,
            operation="placeOrder",
            values=values,
            act=act,
            read=lambda order_id: queries.get_order(order_id, by=user),
        )

    @strawberry.mutation(description="Start a payment for an order; pay at payUrl.")
    def start_payment(self, info: Info, *, order: BigInt, idempotency_key: str) -> Payment:
        user = info.context.require_user()
        return create_once(
            info,
            key=idempotency_key,
            operation="startPayment",
            values={"order": order},
            act=lambda: services.start_payment(order_id=order, by=user),
            read=lambda payment_id: queries.get_payment(payment_id, by=user),
        )

    @strawberry.mutation(description="Cancel an order before it is shipped.")
    @takes(inputs.CancelInput)
    def cancel_order(self, info: Info, order_id: Id, values: Values) -> Order:
        user = info.context.require_user()
        return services.cancel_order(order_id=order_id, by=user, **values)

    @strawberry.mutation(description="Mark a paid order as shipped. For its seller and support.")
    @takes(inputs.ShipInput)
    def ship_order(self, info: Info, order_id: Id, values: Values) -> Order:
        user = info.context.require_user()
        return services.ship_order(order_id=order_id, by=user, **values)

    @strawberry.mutation(
        description="Mark a shipped order as delivered. For its seller and support."
    )
    def deliver_order(self, info: Info, order_id: Id) -> Order:
        return services.deliver_order(order_id=order_id, by=info.context.require_user())

    @strawberry.mutation(
        description="Refund an order, in full or in part. For its seller and support."
    )
    @takes(inputs.RefundInput)
    def refund_order(
        self, info: Info, order: BigInt, idempotency_key: str, values: Values
    ) -> Refund:
        user = info.context.require_user()
        return create_once(
            info,
            key=idempotency_key,
            operation="refundOrder",
            values={"order": order, **values},
            act=lambda: services.refund_order(order_id=order, by=user, **values),
            read=lambda refund_id: queries.list_refunds(order, by=user).get(pk=refund_id),
        )
