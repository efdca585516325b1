"""What can go wrong with accounts."""

from nexus.core.errors import NotAllowedError

__all__ = ["LoginLinkError"]


class LoginLinkError(NotAllowedError):
    """This sign-in link was used or has expired: start `nexus serve` again to get a new one."""

    code = "login_link_invalid"
