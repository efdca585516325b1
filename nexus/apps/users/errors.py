"""Errors of accounts."""

from http import HTTPStatus

from nexus.core.errors import ConflictError, NexusError, NotAllowedError, NotFoundError

__all__ = [
    "AccessTokenError",
    "AccessTokenExpiredError",
    "AccountBusyError",
    "AccountDeletedError",
    "AccountNotAllowedError",
    "AuthorizationCodeError",
    "CredentialsError",
    "EmailTakenError",
    "EmailUnverifiedError",
    "EmailVerifiedError",
    "LoginLinkError",
    "MailedTokenError",
    "PasswordRefusedError",
    "PasswordWrongError",
    "ProviderAccountError",
    "ProviderError",
    "ProviderNotFoundError",
    "ProviderUnverifiedError",
    "RedirectRefusedError",
    "RefreshTokenError",
    "SecondFactorError",
    "SecondFactorOffError",
    "SecondFactorOnError",
    "SecondFactorRequiredError",
    "SetupError",
    "TicketError",
    "UserNotFoundError",
]


class LoginLinkError(NotAllowedError):
    """This sign-in link has been used or has expired. Restart `nexus serve` for a new one."""

    code = "login_link_invalid"


class AccessTokenError(NexusError):
    """The access token is invalid. Log in to get a new one."""

    code = "access_token_invalid"
    status = HTTPStatus.UNAUTHORIZED
    challenge = 'Bearer realm="nexus", error="invalid_token"'


class AccessTokenExpiredError(AccessTokenError):
    """The access token has expired. Use the refresh token to get a new one."""

    code = "access_token_expired"


class RefreshTokenError(NexusError):
    """The refresh token is invalid, used, revoked or expired. Log in again."""

    code = "refresh_token_invalid"
    status = HTTPStatus.UNAUTHORIZED


class CredentialsError(NexusError):
    """Wrong email address or password."""

    code = "credentials_wrong"
    status = HTTPStatus.UNAUTHORIZED


class EmailUnverifiedError(NotAllowedError):
    """The email address is not verified. Use the mailed token, or sign up again for a new one."""

    code = "email_unverified"


class PasswordWrongError(NotAllowedError):
    """Current password is wrong. No password yet? Request a reset."""

    code = "password_wrong"


class PasswordRefusedError(NexusError):
    """This password is too easy to guess. Choose a longer one that you use nowhere else."""

    code = "password_refused"
    status = HTTPStatus.BAD_REQUEST


class MailedTokenError(NotAllowedError):
    """This token is invalid, used, replaced or expired. Request a new mail."""

    code = "mailed_token_invalid"


class EmailTakenError(ConflictError):
    """Another account already uses this email address."""

    code = "email_taken"
    constraints = ("users_user_email_unique",)


class SecondFactorRequiredError(NexusError):
    """A second factor is required. Send the ticket with a code within 5 minutes."""

    code = "second_factor_required"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, ticket: str = "") -> None:
        super().__init__()
        self.ticket = ticket


class SecondFactorError(NotAllowedError):
    """This code is wrong or was already used. Wait for the next one, or use a recovery code."""

    code = "second_factor_wrong"


class TicketError(NotAllowedError):
    """The log-in timed out or the password has changed. Start again."""

    code = "ticket_invalid"


class SetupError(NotAllowedError):
    """The set-up timed out or belongs to another account. Start again with a new secret."""

    code = "setup_invalid"


class SecondFactorOnError(ConflictError):
    """A second factor is already enabled. Disable it before you set up another one."""

    code = "second_factor_on"


class SecondFactorOffError(ConflictError):
    """No second factor is enabled."""

    code = "second_factor_off"


class ProviderNotFoundError(NotFoundError):
    """Sign-in with this provider is not available."""

    code = "provider_not_found"


class ProviderError(NotAllowedError):
    """Sign-in with this provider failed. Try again or use another method."""

    code = "provider_failed"


class ProviderUnverifiedError(NotAllowedError):
    """The provider has no verified email address for you. Verify one there first."""

    code = "provider_email_unverified"


class ProviderAccountError(NotAllowedError):
    """This account has been deactivated."""

    code = "provider_account_inactive"


class RedirectRefusedError(NexusError):
    """This redirect address is not allowed. Use an address on this machine, or have it added."""

    code = "redirect_refused"
    status = HTTPStatus.BAD_REQUEST


class AuthorizationCodeError(NexusError):
    """This code is invalid, used, expired or another application's. Start the log-in again."""

    code = "authorization_code_invalid"
    status = HTTPStatus.UNAUTHORIZED


class UserNotFoundError(NotFoundError):
    """No such account."""

    code = "user_not_found"


class AccountNotAllowedError(NotAllowedError):
    """Your role does not allow this change to another account."""

    code = "account_not_allowed"


class AccountBusyError(ConflictError):
    """You have orders or bookings in progress. Complete or cancel them first."""

    code = "account_busy"


class AccountDeletedError(ConflictError):
    """This account was deleted by its owner and can no longer be changed."""

    code = "account_deleted"


class EmailVerifiedError(ConflictError):
    """The email address is already verified."""

    code = "email_verified"
