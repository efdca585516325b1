"""What the integration tests prepare, these need too."""

from tests.integration.conftest import _static_files

__all__ = ["_static_files"]
