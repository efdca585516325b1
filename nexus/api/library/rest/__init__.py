"""The library in REST."""
