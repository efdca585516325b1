"""The Django apps of the service; all have the same structure."""
