"""Events of accounts that other modules handle."""

from enum import StrEnum

__all__ = ["MAIL_WANTED", "Mail"]


class Mail(StrEnum):
    """A mail to the owner of an account; each has a template of this name."""

    VERIFY = "verify"
    ACCOUNT_EXISTS = "account_exists"
    RESET = "reset"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- the name of a mail, not a secret
    CONFIRM_EMAIL = "confirm_email"
    EMAIL_CHANGE_ASKED = "email_change_asked"
    PROVIDER_LINKED = "provider_linked"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"


MAIL_WANTED = "users.mail_wanted"
"""An outbox topic with `kind`, a `Mail`, and `user_id`; 0 means that no mail is sent."""
