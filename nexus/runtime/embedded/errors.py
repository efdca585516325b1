"""What is raised when the embedded services cannot be had."""

from nexus.core.errors import UnavailableError

__all__ = ["EmbeddedError"]


class EmbeddedError(UnavailableError):
    """The embedded services could not be started."""

    code = "embedded_unavailable"
