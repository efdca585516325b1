"""These tests need the fixtures of the integration tests."""

from tests.integration.conftest import _static_files

__all__ = ["_static_files"]
