"""What ends a deployment."""

__all__ = ["DeploymentError"]


class DeploymentError(Exception):
    """A sentence that says what went wrong, and what serves now."""
