"""Carts, orders, payments and refunds."""
