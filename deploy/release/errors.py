"""The error that ends a deployment."""

__all__ = ["DeploymentError"]


class DeploymentError(Exception):
    """A sentence that says what failed, and what serves now."""
