"""Writes of carts, orders and payments."""

from typing import Any

import strawberry

from nexus.api.graphql.context import Info
from nexus.api.graphql.enums import enum_value
from nexus.api.graphql.idempotency import create_once
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import validate
from nexus.api.orders import inputs
from nexus.api.orders.graphql.types import Cart, Order, Payment, Refund, ShippingMethod
from nexus.apps.orders import models, queries, services, shipping

__all__ = ["OrdersMutation"]


@strawberry.type
class OrdersMutation:
    """Writes of orders; where an idempotencyKey is asked for, a repetition does nothing twice."""

    @strawberry.mutation(description="Put pieces of a product beside those in one's cart.")
    def add_to_cart(self, info: Info, product: BigInt, quantity: int = 1) -> Cart:
        user = info.context.require_user()
        sent = validate(inputs.CartLineInput, product=product, quantity=quantity)
        return services.add_to_cart(product_id=sent["product"], quantity=sent["quantity"], by=user)

    @strawberry.mutation(description="Let one's cart hold that many pieces of a product.")
    def set_cart_quantity(self, info: Info, product: BigInt, quantity: int) -> Cart:
        user = info.context.require_user()
        sent = validate(inputs.CartLineInput, product=product, quantity=quantity)
        return services.set_quantity(product_id=sent["product"], quantity=sent["quantity"], by=user)

    @strawberry.mutation(description="Take a product out of one's cart.")
    def remove_from_cart(self, info: Info, product: BigInt) -> Cart:
        return services.remove_from_cart(product_id=product, by=info.context.require_user())

    @strawberry.mutation(description="Take everything out of one's cart.")
    def clear_cart(self, info: Info) -> Cart:
        return services.clear_cart(by=info.context.require_user())

    @strawberry.mutation(description="Order what is in one's cart, at the prices of now.")
    def place_order(  # noqa: PLR0913 -- one argument for each member of an order
        self,
        info: Info,
        *,
        idempotency_key: str,
        recipient: str,
        street: str,
        city: str,
        country: str,
        postal_code: str = "",
        shipping_method: ShippingMethod = shipping.ShippingMethod.STANDARD,
        expected_total: str | None = None,
        quote: str | None = None,
    ) -> Order:
        user = info.context.require_user()
        sent = validate(
            inputs.CheckoutInput,
            recipient=recipient,
            street=street,
            city=city,
            country=country,
            postal_code=postal_code,
            shipping_method=enum_value(shipping_method),
            expected_total=expected_total,
            quote=quote,
        )

        def act() -> models.Order:
            wanted: dict[str, Any] = dict(sent)
            method = shipping.ShippingMethod(wanted.pop("shipping_method"))
            expected, chosen = wanted.pop("expected_total", None), wanted.pop("quote", "")
            return services.place_order(
                address=services.Address(**wanted),
                shipping_method=method,
                expected_total=expected,
                quote=chosen,
                by=user,
            )

        return create_once(
            info,
            key=idempotency_key,
            operation="placeOrder",
            sent=sent,
            act=act,
            read=lambda order_id: queries.get_order(order_id, by=user),
        )

    @strawberry.mutation(description="Prepare an attempt to pay for an order at payUrl.")
    def start_payment(self, info: Info, *, order: BigInt, idempotency_key: str) -> Payment:
        user = info.context.require_user()
        return create_once(
            info,
            key=idempotency_key,
            operation="startPayment",
            sent={"order": order},
            act=lambda: services.start_payment(order_id=order, by=user),
            read=lambda payment_id: queries.get_payment(payment_id, by=user),
        )

    @strawberry.mutation(description="Give an order up before it is shipped.")
    def cancel_order(self, info: Info, order_id: Id, reason: str = "") -> Order:
        user = info.context.require_user()
        sent = validate(inputs.CancelInput, reason=reason)
        return services.cancel_order(order_id=order_id, by=user, **sent)

    @strawberry.mutation(description="Say that a paid order has left, as who looks after it.")
    def ship_order(self, info: Info, order_id: Id, tracking: str = "") -> Order:
        user = info.context.require_user()
        sent = validate(inputs.ShipInput, tracking=tracking)
        return services.ship_order(order_id=order_id, by=user, **sent)

    @strawberry.mutation(description="Say that an order has arrived, as who looks after it.")
    def deliver_order(self, info: Info, order_id: Id) -> Order:
        return services.deliver_order(order_id=order_id, by=info.context.require_user())

    @strawberry.mutation(description="Send money of an order back, as who looks after it.")
    def refund_order(
        self,
        info: Info,
        *,
        order: BigInt,
        idempotency_key: str,
        amount: str | None = None,
        reason: str = "",
    ) -> Refund:
        user = info.context.require_user()
        sent = validate(inputs.RefundInput, amount=amount, reason=reason)
        return create_once(
            info,
            key=idempotency_key,
            operation="refundOrder",
            sent={"order": order, **sent},
            act=lambda: services.refund_order(order_id=order, by=user, **sent),
            read=lambda refund_id: queries.list_refunds(order, by=user).get(pk=refund_id),
        )
