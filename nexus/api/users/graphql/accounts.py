"""Accounts: sign-up, log-in, tokens, and what a person may do with their own account."""

import strawberry
import strawberry_django

from nexus.api.graphql.context import Info
from nexus.api.inputs import validate
from nexus.api.users import inputs
from nexus.apps.users import models, services
from nexus.core.security.client_address import client_address

__all__ = ["Account", "Tokens", "UsersMutation", "UsersQuery", "address"]


@strawberry.type(description="The tokens of a log-in.")
class Tokens:
    """What a program keeps of a log-in."""

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
    """Give the address that the request comes from."""
    return client_address(info.context.request)


@strawberry.type
class UsersQuery:
    """Reads of accounts."""

    @strawberry.field(description="The account of who asks.")
    def me(self, info: Info) -> Account:
        return info.context.require_user()


@strawberry.type
class UsersMutation:
    """Writes of accounts; those that answer with true say nothing else."""

    @strawberry.mutation(description="Make an account; a token to verify its address is mailed.")
    def sign_up(self, info: Info, email: str, password: str, name: str = "") -> bool:
        sent = validate(inputs.SignUpInput, email=email, password=password, name=name)
        services.sign_up(**sent, address=address(info))
        return True

    @strawberry.mutation(description="Verify the address of a new account with a mailed token.")
    def verify_email(self, info: Info, token: str) -> bool:
        services.verify_email(**validate(inputs.TokenInput, token=token), address=address(info))
        return True

    @strawberry.mutation(description="Get a short-lived access token and a refresh token.")
    def log_in(self, info: Info, email: str, password: str) -> Tokens:
        sent = validate(inputs.LogInInput, email=email, password=password)
        return services.log_in(**sent, address=address(info))

    @strawberry.mutation(description="Get tokens for the code that a browser brought, once.")
    def exchange_code(self, info: Info, code: str, code_verifier: str, redirect_uri: str) -> Tokens:
        declared = inputs.ExchangeInput
        sent = validate(declared, code=code, code_verifier=code_verifier, redirect_uri=redirect_uri)
        return services.exchange_code(**sent, address=address(info))

    @strawberry.mutation(description="Exchange a refresh token, once; a second use ends it all.")
    def refresh_tokens(self, info: Info, refresh: str) -> Tokens:
        sent = validate(inputs.RefreshInput, refresh=refresh)
        return services.refresh_tokens(token=sent["refresh"], address=address(info))

    @strawberry.mutation(description="End the log-in of a refresh token at once.")
    def log_out(self, info: Info, refresh: str) -> bool:
        sent = validate(inputs.RefreshInput, refresh=refresh)
        services.log_out(token=sent["refresh"], address=address(info))
        return True

    @strawberry.mutation(description="Mail a token that sets a new password.")
    def request_reset(self, info: Info, email: str) -> bool:
        services.request_reset(**validate(inputs.EmailInput, email=email), address=address(info))
        return True

    @strawberry.mutation(description="Set a new password with a mailed token; log-ins end.")
    def reset_password(self, info: Info, token: str, password: str) -> bool:
        sent = validate(inputs.ResetInput, token=token, password=password)
        services.reset_password(**sent, address=address(info))
        return True

    @strawberry.mutation(description="Set another password; every log-in and session ends.")
    def change_password(self, info: Info, current_password: str, password: str) -> bool:
        user = info.context.require_user()
        declared = inputs.PasswordChangeInput
        sent = validate(declared, current_password=current_password, password=password)
        current = sent.pop("current_password")
        services.change_password(by=user, current=current, **sent, address=address(info))
        return True

    @strawberry.mutation(description="Mail a token to a new address of the account.")
    def change_email(self, info: Info, email: str, password: str) -> bool:
        user = info.context.require_user()
        sent = validate(inputs.EmailChangeInput, email=email, password=password)
        services.change_email(by=user, **sent, address=address(info))
        return True

    @strawberry.mutation(description="Give the account its new address with a mailed token.")
    def confirm_email(self, info: Info, token: str) -> bool:
        services.confirm_email(**validate(inputs.TokenInput, token=token), address=address(info))
        return True

    @strawberry.mutation(description="Change what the account says of its owner.")
    def update_profile(self, info: Info, name: str | None = None) -> Account:
        user = info.context.require_user()
        return services.update_profile(by=user, **validate(inputs.ProfileInput, name=name))

    @strawberry.mutation(description="Delete everything personal of the account, for good.")
    def delete_account(self, info: Info, password: str) -> bool:
        user = info.context.require_user()
        sent = validate(inputs.DeleteAccountInput, password=password)
        services.delete_account(by=user, **sent, address=address(info))
        return True
