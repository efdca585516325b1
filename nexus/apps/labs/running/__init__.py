"""Carries runs out: the runner, the data they work on, and the process each runs in."""
