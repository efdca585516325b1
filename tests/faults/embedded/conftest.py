"""The homes of the integration tests, which must be clean at the end."""

from tests.integration.runtime.embedded.conftest import home, serve

__all__ = ["home", "serve"]
