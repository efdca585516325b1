"""The error that is raised if the embedded services cannot be started."""

from nexus.core.errors import UnavailableError

__all__ = ["EmbeddedError"]


class EmbeddedError(UnavailableError):
    """The embedded services could not be started."""

    code = "embedded_unavailable"
