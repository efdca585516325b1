"""The homes of the integration tests, which are proven to be left clean."""

from tests.integration.runtime.embedded.conftest import home, serve

__all__ = ["home", "serve"]
