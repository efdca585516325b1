"""Simulations of the engine where the truth is known: small usually, at full size with --full."""
