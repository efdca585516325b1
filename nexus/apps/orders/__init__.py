"""Carts, orders, and the money for them."""
