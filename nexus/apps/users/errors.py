"""What can go wrong with accounts."""

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
    """This sign-in link was used or has expired: start `nexus serve` again to get a new one."""

    code = "login_link_invalid"


class AccessTokenError(NexusError):
    """This access token is not valid here: log in for a new one."""

    code = "access_token_invalid"
    status = HTTPStatus.UNAUTHORIZED
    challenge = 'Bearer realm="nexus", error="invalid_token"'


class AccessTokenExpiredError(AccessTokenError):
    """This access token has expired: exchange the refresh token for a new one."""

    code = "access_token_expired"


class RefreshTokenError(NexusError):
    """This refresh token is unknown, used, revoked or has expired: log in again."""

    code = "refresh_token_invalid"
    status = HTTPStatus.UNAUTHORIZED


class CredentialsError(NexusError):
    """There is no account with this address and this password."""

    code = "credentials_wrong"
    status = HTTPStatus.UNAUTHORIZED


class EmailUnverifiedError(NotAllowedError):
    """The address is not verified yet: use the token in the mail, or sign up again for another."""

    code = "email_unverified"


class PasswordWrongError(NotAllowedError):
    """The present password is another one. Whoever has none sets one by asking for a reset."""

    code = "password_wrong"


class PasswordRefusedError(NexusError):
    """This password is too easy to guess: choose a longer one that is used nowhere else."""

    code = "password_refused"
    status = HTTPStatus.BAD_REQUEST


class MailedTokenError(NotAllowedError):
    """This token was used, replaced or has expired: ask for another mail."""

    code = "mailed_token_invalid"


class EmailTakenError(ConflictError):
    """Another account has this address."""

    code = "email_taken"
    constraints = ("users_user_email_unique",)


class SecondFactorRequiredError(NexusError):
    """The password is right: send the ticket with a code of the second factor within 5 minutes."""

    code = "second_factor_required"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, ticket: str = "") -> None:
        super().__init__()
        self.ticket = ticket


class SecondFactorError(NotAllowedError):
    """This code is wrong or was used: wait for the next one, or take a recovery code."""

    code = "second_factor_wrong"


class TicketError(NotAllowedError):
    """This log-in took too long, or the password has changed since: begin again."""

    code = "ticket_invalid"


class SetupError(NotAllowedError):
    """This set-up took too long or is somebody else's: begin again for another secret."""

    code = "setup_invalid"


class SecondFactorOnError(ConflictError):
    """This account has a second factor already: turn it off before you set up another."""

    code = "second_factor_on"


class SecondFactorOffError(ConflictError):
    """This account has no second factor."""

    code = "second_factor_off"


class ProviderNotFoundError(NotFoundError):
    """This service offers no log-in by that provider."""

    code = "provider_not_found"


class ProviderError(NotAllowedError):
    """The provider did not vouch for you: begin again, or log in another way."""

    code = "provider_failed"


class ProviderUnverifiedError(NotAllowedError):
    """The provider knows no address of yours that it has verified: verify one there first."""

    code = "provider_email_unverified"


class ProviderAccountError(NotAllowedError):
    """The account that belongs to this log-in has been deactivated."""

    code = "provider_account_inactive"


class RedirectRefusedError(NexusError):
    """Nobody may be sent to this address: take one on this machine, or have it allowed here."""

    code = "redirect_refused"
    status = HTTPStatus.BAD_REQUEST


class AuthorizationCodeError(NexusError):
    """This code is unknown, used, too old or another program's: send the person to log in again."""

    code = "authorization_code_invalid"
    status = HTTPStatus.UNAUTHORIZED


class UserNotFoundError(NotFoundError):
    """There is no such account."""

    code = "user_not_found"


class AccountNotAllowedError(NotAllowedError):
    """Your role does not let you do this to somebody's account."""

    code = "account_not_allowed"


class AccountBusyError(ConflictError):
    """Something that you ordered or booked is under way: end it, then delete your account."""

    code = "account_busy"


class AccountDeletedError(ConflictError):
    """Its owner has deleted this account: nothing can be done to it any more."""

    code = "account_deleted"


class EmailVerifiedError(ConflictError):
    """The address of this account is verified already."""

    code = "email_verified"
