"""Shipping carriers: a Protocol, concurrent quotes, and sandbox carriers."""
