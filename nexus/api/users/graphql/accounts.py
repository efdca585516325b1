"""Accounts: sign-up, log-in, tokens and profiles."""

import strawberry
import strawberry_django

from nexus.api.graphql.context import Info
from nexus.api.graphql.inputs import Values, takes
from nexus.api.users import inputs
from nexus.apps.users import models, services
from nexus.core.security.client_address import client_address

__all__ = ["Account", "Tokens", "UsersMutation", "UsersQuery", "address"]


@strawberry.type(description="The tokens of a log-in.")
class Tokens:
    """The tokens of a log-in."""

    access: str
    refresh: str
    expires_in: int
    token_type: str


@strawberry_django.type(models.User, description="An account, as its owner sees it.")
class Account:
    """An account."""

    email: strawberry.auto
    email_verified_at: strawberry.auto
    pending_email: strawberry.auto
    name: strawberry.auto
    joined_at: strawberry.auto

    @strawberry_django.field(prefetch_related=["roles"])
    def roles(self, root: strawberry.Parent[models.User]) -> list[str]:
        return [role.slug for role in root.roles.all()]


def address(info: Info) -> str:
    """Return the client's address."""
    return client_address(info.context.request)


@strawberry.type
class UsersQuery:
    """Queries of accounts."""

    @strawberry.field(description="The current user's account.")
    def me(self, info: Info) -> Account:
        return info.context.require_user()


@strawberry.type
class UsersMutation:
    """Mutations of accounts; those without a result return true."""

    @strawberry.mutation(
        description="Create an account and mail a token that verifies its address."
    )
    @takes(inputs.SignUpInput, anonymous=True)
    def sign_up(self, info: Info, values: Values) -> bool:
        services.sign_up(**values, address=address(info))
        return True

    @strawberry.mutation(description="Verify the address of a new account with the mailed token.")
    @takes(inputs.TokenInput, anonymous=True)
    def verify_email(self, info: Info, values: Values) -> bool:
        services.verify_email(**values, address=address(info))
        return True

    @strawberry.mutation(
        description="Log in. Returns a short-lived access token and a refresh token."
    )
    @takes(inputs.LogInInput, anonymous=True)
    def log_in(self, info: Info, values: Values) -> Tokens:
        return services.log_in(**values, address=address(info))

    @strawberry.mutation(description="Exchange an authorization code for tokens, once.")
    @takes(inputs.ExchangeInput, anonymous=True)
    def exchange_code(self, info: Info, values: Values) -> Tokens:
        return services.exchange_code(**values, address=address(info))

    @strawberry.mutation(
        description="Exchange a refresh token for new tokens, once. A second use ends the log-in."
    )
    @takes(inputs.RefreshInput, anonymous=True)
    def refresh_tokens(self, info: Info, values: Values) -> Tokens:
        return services.refresh_tokens(token=values["refresh"], address=address(info))

    @strawberry.mutation(description="Log out: revoke a refresh token and its access tokens.")
    @takes(inputs.RefreshInput, anonymous=True)
    def log_out(self, info: Info, values: Values) -> bool:
        services.log_out(token=values["refresh"], address=address(info))
        return True

    @strawberry.mutation(description="Mail a token that sets a new password.")
    @takes(inputs.EmailInput, anonymous=True)
    def request_reset(self, info: Info, values: Values) -> bool:
        services.request_reset(**values, address=address(info))
        return True

    @strawberry.mutation(description="Set a new password with a mailed token. All log-ins end.")
    @takes(inputs.ResetInput, anonymous=True)
    def reset_password(self, info: Info, values: Values) -> bool:
        services.reset_password(**values, address=address(info))
        return True

    @strawberry.mutation(description="Change the password. All log-ins and sessions end.")
    @takes(inputs.PasswordChangeInput)
    def change_password(self, info: Info, values: Values) -> bool:
        user = info.context.require_user()
        current = values.pop("current_password")
        services.change_password(by=user, current=current, **values, address=address(info))
        return True

    @strawberry.mutation(description="Mail a token to the new email address.")
    @takes(inputs.EmailChangeInput)
    def change_email(self, info: Info, values: Values) -> bool:
        user = info.context.require_user()
        services.change_email(by=user, **values, address=address(info))
        return True

    @strawberry.mutation(description="Confirm a new email address with the mailed token.")
    @takes(inputs.TokenInput, anonymous=True)
    def confirm_email(self, info: Info, values: Values) -> bool:
        services.confirm_email(**values, address=address(info))
        return True

    @strawberry.mutation(description="Change the profile.")
    @takes(inputs.ProfileInput)
    def update_profile(self, info: Info, values: Values) -> Account:
        return services.update_profile(by=info.context.require_user(), **values)

    @strawberry.mutation(description="Delete all personal data of the account permanently.")
    @takes(inputs.DeleteAccountInput)
    def delete_account(self, info: Info, values: Values) -> bool:
        user = info.context.require_user()
        services.delete_account(by=user, **values, address=address(info))
        return True
