"""The catalogue in REST."""
