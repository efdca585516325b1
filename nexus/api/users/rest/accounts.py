"""Accounts: sign-up, log-in, tokens and profiles."""

from typing import Any, ClassVar

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.authentication import current_user
from nexus.api.errors import NotAuthenticatedError
from nexus.api.rest.operations import read_operation, write_operation
from nexus.api.rest.resource import Resource
from nexus.api.users import inputs
from nexus.apps.users import queries, services
from nexus.apps.users.errors import (
    AccountBusyError,
    AuthorizationCodeError,
    CredentialsError,
    EmailTakenError,
    EmailUnverifiedError,
    MailedTokenError,
    PasswordRefusedError,
    PasswordWrongError,
    RefreshTokenError,
    SecondFactorRequiredError,
)
from nexus.apps.users.models import User
from nexus.core.security.client_address import client_address

__all__ = [
    "AccountDeletion",
    "AccountExport",
    "AccountSerializer",
    "EmailChange",
    "EmailConfirmation",
    "Exchange",
    "ExportSerializer",
    "LogIn",
    "LogOut",
    "Me",
    "Open",
    "Own",
    "PasswordChange",
    "PasswordReset",
    "Refresh",
    "ResetRequest",
    "SignUp",
    "TokensSerializer",
    "Verification",
    "jwks",
    "tokens",
]

KEYS_AGE_S = 300
"""How long others may cache the public keys; a new key signs only after that."""


class TokensSerializer(serializers.Serializer[services.Tokens]):
    """The tokens of a log-in."""

    access = serializers.CharField(help_text="Send it in the Authorization header, after Bearer.")
    refresh = serializers.CharField(help_text="Exchange it for new tokens, once.")
    expires_in = serializers.IntegerField(help_text="Lifetime of the access token in seconds.")
    token_type = serializers.CharField()


class AccountSerializer(serializers.ModelSerializer[User]):
    """An account, as its owner sees it."""

    roles: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="slug", many=True, read_only=True
    )

    class Meta:
        model = User
        fields: ClassVar = [
            "email",
            "email_verified_at",
            "pending_email",
            "name",
            "roles",
            "joined_at",
        ]


class LogInRecordSerializer(serializers.Serializer[Any]):
    """A log-in of a program."""

    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class LinkSerializer(serializers.Serializer[Any]):
    """A provider through which the owner signs in."""

    provider = serializers.CharField()
    uid = serializers.CharField(help_text="The owner's id at the provider.")
    date_joined = serializers.DateTimeField()
    last_login = serializers.DateTimeField()


class ActionSerializer(serializers.Serializer[dict[str, Any]]):
    """An action of a person."""

    at = serializers.DateTimeField()
    action = serializers.CharField()
    kind = serializers.CharField()
    key = serializers.CharField()


class ExportSerializer(AccountSerializer):
    """All data stored about a person, without secrets."""

    roles = serializers.ListField(child=serializers.CharField())
    last_login = serializers.DateTimeField(allow_null=True)
    second_factor = serializers.BooleanField()
    providers = LinkSerializer(many=True)
    log_ins = LogInRecordSerializer(many=True)
    actions = ActionSerializer(many=True)
    kept = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField()),
        help_text="The data of each part of the service, such as orders, bookings and reviews.",
    )

    class Meta(AccountSerializer.Meta):
        fields: ClassVar = [
            *AccountSerializer.Meta.fields,
            "last_login",
            "second_factor",
            "providers",
            "log_ins",
            "actions",
            "kept",
        ]


class Account(Resource):
    """A view of accounts; attempts are counted by client address."""

    def received(self, declared: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """Return the validated body and the client's address."""
        address = client_address(self.request._request)  # noqa: SLF001 -- DRF gives no other way
        return {**self.validated_body(declared), "address": address}


class Open(Account):
    """A view for anonymous clients; an expired token is not an obstacle."""

    authentication_classes = ()


class Own(Account):
    """A view for signed-in users."""

    permission_classes = (IsAuthenticated,)


def tokens(pair: services.Tokens) -> Response:
    """Return a response with tokens, which must not be stored on the way (RFC 6749, 5.1)."""
    return Response(TokensSerializer(pair).data, headers={"Cache-Control": "no-store"})


class SignUp(Open):
    """The creation of an account."""

    @write_operation("Sign up", {202: None}, PasswordRefusedError, request=inputs.SignUpInput)
    def post(self, _request: Request) -> Response:
        """Create an account and mail a token that verifies its address.

        The response is the same if an account with this address already exists.
        """
        services.sign_up(**self.received(inputs.SignUpInput))
        return Response(status=status.HTTP_202_ACCEPTED)


class Verification(Open):
    """The verification of an email address."""

    @write_operation(
        "Verify an email address", {204: None}, MailedTokenError, request=inputs.TokenInput
    )
    def post(self, _request: Request) -> Response:
        """Verify the address of a new account with the mailed token."""
        services.verify_email(**self.received(inputs.TokenInput))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogIn(Open):
    """A log-in."""

    serializer_class = TokensSerializer

    @write_operation(
        "Log in",
        {200: TokensSerializer},
        CredentialsError,
        EmailUnverifiedError,
        SecondFactorRequiredError,
        request=inputs.LogInInput,
    )
    def post(self, _request: Request) -> Response:
        """Return a short-lived access token, and a refresh token that works once."""
        return tokens(services.log_in(**self.received(inputs.LogInInput)))


class Exchange(Open):
    """The end of a log-in in the browser."""

    serializer_class = TokensSerializer

    @write_operation(
        "Exchange an authorization code",
        {200: TokensSerializer},
        AuthorizationCodeError,
        request=inputs.ExchangeInput,
    )
    def post(self, _request: Request) -> Response:
        """Exchange the code from `/account/authorize/` for tokens, once, with PKCE."""
        return tokens(services.exchange_code(**self.received(inputs.ExchangeInput)))


class Refresh(Open):
    """The exchange of a refresh token."""

    serializer_class = TokensSerializer

    @write_operation(
        "Exchange a refresh token",
        {200: TokensSerializer},
        RefreshTokenError,
        request=inputs.RefreshInput,
    )
    def post(self, _request: Request) -> Response:
        """Return new tokens for a refresh token, once. A second use ends the log-in."""
        body = self.received(inputs.RefreshInput)
        return tokens(services.refresh_tokens(token=body["refresh"], address=body["address"]))


class LogOut(Open):
    """The end of a log-in."""

    @write_operation("Log out", {204: None}, request=inputs.RefreshInput)
    def post(self, _request: Request) -> Response:
        """Revoke a refresh token and its access tokens at once."""
        body = self.received(inputs.RefreshInput)
        services.log_out(token=body["refresh"], address=body["address"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResetRequest(Open):
    """A forgotten password."""

    @write_operation("Request a password reset", {202: None}, request=inputs.EmailInput)
    def post(self, _request: Request) -> Response:
        """Mail a token that sets a new password, if there is an account with this address.

        The response is the same if there is none.
        """
        services.request_reset(**self.received(inputs.EmailInput))
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordReset(Open):
    """A new password by mail."""

    @write_operation(
        "Reset a password",
        {204: None},
        MailedTokenError,
        PasswordRefusedError,
        request=inputs.ResetInput,
    )
    def post(self, _request: Request) -> Response:
        """Set a new password with a mailed token. All log-ins and sessions end."""
        services.reset_password(**self.received(inputs.ResetInput))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordChange(Own):
    """A new password."""

    @write_operation(
        "Change your password",
        {204: None},
        PasswordWrongError,
        PasswordRefusedError,
        request=inputs.PasswordChangeInput,
    )
    def post(self, request: Request) -> Response:
        """Change the password. All log-ins and sessions end."""
        body = self.received(inputs.PasswordChangeInput)
        services.change_password(
            by=current_user(request), current=body.pop("current_password"), **body
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class EmailChange(Own):
    """A new email address."""

    @write_operation(
        "Change your email address",
        {202: None},
        PasswordWrongError,
        request=inputs.EmailChangeInput,
    )
    def post(self, request: Request) -> Response:
        """Mail a token to the new address. Until it is used, the current address stays."""
        services.change_email(by=current_user(request), **self.received(inputs.EmailChangeInput))
        return Response(status=status.HTTP_202_ACCEPTED)


class EmailConfirmation(Open):
    """The confirmation of a new email address."""

    @write_operation(
        "Confirm a new email address",
        {204: None},
        MailedTokenError,
        EmailTakenError,
        request=inputs.TokenInput,
    )
    def post(self, _request: Request) -> Response:
        """Replace the account's address, with the token mailed to the new one."""
        services.confirm_email(**self.received(inputs.TokenInput))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(Own):
    """The current user's account."""

    serializer_class = AccountSerializer

    @read_operation("Get your account", AccountSerializer, NotAuthenticatedError)
    def get(self, request: Request) -> Response:
        """Return the account of the current user."""
        return self.detail_response(request.user)

    @write_operation("Change your account", {200: AccountSerializer}, request=inputs.ProfileInput)
    def patch(self, request: Request) -> Response:
        """Change the profile of the current user."""
        name = self.received(inputs.ProfileInput).get("name")
        return self.detail_response(services.update_profile(by=current_user(request), name=name))


class AccountExport(Own):
    """The current user's data."""

    serializer_class = ExportSerializer

    @read_operation("Export your data", ExportSerializer, NotAuthenticatedError)
    def get(self, request: Request) -> Response:
        """Return all data stored about the current user, without secrets."""
        return self.detail_response(queries.export_account(current_user(request)))


class AccountDeletion(Own):
    """The deletion of an account."""

    @write_operation(
        "Delete your account",
        {204: None},
        PasswordWrongError,
        AccountBusyError,
        request=inputs.DeleteAccountInput,
    )
    def post(self, request: Request) -> Response:
        """Delete all personal data permanently. What others need stays, anonymized."""
        services.delete_account(
            by=current_user(request), **self.received(inputs.DeleteAccountInput)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


@require_safe
@cache_control(public=True, max_age=KEYS_AGE_S)
def jwks(_request: HttpRequest) -> JsonResponse:
    """Return the public keys that verify access tokens (RFC 7517)."""
    return JsonResponse({"keys": queries.list_public_keys()})
