"""Simulations of the engine with a known truth: small by default, full size with --full."""
