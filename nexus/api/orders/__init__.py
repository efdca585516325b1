"""Carts, checkout, orders, payments, refunds, shipping quotes and webhooks."""
