"""Accounts: sign-up, log-in, tokens, and what a person may do with their own account."""

from typing import Any, ClassVar, cast

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

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
    "person",
    "tokens",
]

KEYS_AGE_S = 300
"""For how long others may keep the public keys; a new key signs before they have heard of it."""


class TokensSerializer(serializers.Serializer[services.Tokens]):
    """The tokens of a log-in."""

    access = serializers.CharField(help_text="Goes into the header Authorization, after Bearer.")
    refresh = serializers.CharField(help_text="Is exchanged for new tokens, once.")
    expires_in = serializers.IntegerField(help_text="How many seconds the access token lives.")
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
    """When a program logged in."""

    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class LinkSerializer(serializers.Serializer[Any]):
    """Another service by which its owner logs in."""

    provider = serializers.CharField()
    uid = serializers.CharField(help_text="Who the owner is there.")
    date_joined = serializers.DateTimeField()
    last_login = serializers.DateTimeField()


class ActionSerializer(serializers.Serializer[dict[str, Any]]):
    """Something that a person did."""

    at = serializers.DateTimeField()
    action = serializers.CharField()
    kind = serializers.CharField()
    key = serializers.CharField()


class ExportSerializer(AccountSerializer):
    """All that is kept of a person here, without secrets."""

    roles = serializers.ListField(child=serializers.CharField())
    last_login = serializers.DateTimeField(allow_null=True)
    second_factor = serializers.BooleanField()
    providers = LinkSerializer(many=True)
    log_ins = LogInRecordSerializer(many=True)
    actions = ActionSerializer(many=True)
    kept = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField()),
        help_text="What each part of the service keeps, such as orders, bookings and reviews.",
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
    """What has to do with accounts: attempts are counted for the address they come from."""

    def received(self, declared: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """Give the checked body, and the address that it came from."""
        address = client_address(self.request._request)  # noqa: SLF001 -- DRF gives no other way
        return {**self.validated_body(declared), "address": address}


class Open(Account):
    """What a stranger may ask: a token that has expired does not stand in the way."""

    authentication_classes = ()


class Own(Account):
    """What only a signed-in user may ask."""

    permission_classes = (IsAuthenticated,)


def person(request: Request) -> User:
    """Give who asks; the permission of the view has let nobody else pass."""
    return cast("User", request.user)


def tokens(made: services.Tokens) -> Response:
    """Answer with tokens, which nobody may keep on the way (RFC 6749, 5.1)."""
    return Response(TokensSerializer(made).data, headers={"Cache-Control": "no-store"})


class SignUp(Open):
    """The making of an account."""

    @write_operation("Sign up", {202: None}, PasswordRefusedError, request=inputs.SignUpInput)
    def post(self, _request: Request) -> Response:
        """Make an account, and mail a token that verifies its address.

        The answer is the same where there is an account with this address already.
        """
        services.sign_up(**self.received(inputs.SignUpInput))
        return Response(status=status.HTTP_202_ACCEPTED)


class Verification(Open):
    """The verification of an address."""

    @write_operation("Verify an address", {204: None}, MailedTokenError, request=inputs.TokenInput)
    def post(self, _request: Request) -> Response:
        """Verify the address of a new account with the token that was mailed there."""
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
        """Give a short-lived access token, and a refresh token that works once."""
        return tokens(services.log_in(**self.received(inputs.LogInInput)))


class Exchange(Open):
    """The end of a log-in through the browser."""

    serializer_class = TokensSerializer

    @write_operation(
        "Exchange the code of a browser",
        {200: TokensSerializer},
        AuthorizationCodeError,
        request=inputs.ExchangeInput,
    )
    def post(self, _request: Request) -> Response:
        """Give tokens for a code that `/account/authorize/` sent the program, once, with PKCE."""
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
        """Give new tokens for a refresh token, once; a second use ends the log-in."""
        sent = self.received(inputs.RefreshInput)
        return tokens(services.refresh_tokens(token=sent["refresh"], address=sent["address"]))


class LogOut(Open):
    """The end of a log-in."""

    @write_operation("Log out", {204: None}, request=inputs.RefreshInput)
    def post(self, _request: Request) -> Response:
        """End the log-in of a refresh token, with every token of it, at once."""
        sent = self.received(inputs.RefreshInput)
        services.log_out(token=sent["refresh"], address=sent["address"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResetRequest(Open):
    """A forgotten password."""

    @write_operation("Ask for a password reset", {202: None}, request=inputs.EmailInput)
    def post(self, _request: Request) -> Response:
        """Mail a token that sets a new password, where this address has an account.

        The answer is the same where it has none.
        """
        services.request_reset(**self.received(inputs.EmailInput))
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordReset(Open):
    """A new password, from a mail."""

    @write_operation(
        "Reset a password",
        {204: None},
        MailedTokenError,
        PasswordRefusedError,
        request=inputs.ResetInput,
    )
    def post(self, _request: Request) -> Response:
        """Set a new password with a mailed token; every log-in and session ends."""
        services.reset_password(**self.received(inputs.ResetInput))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordChange(Own):
    """A new password."""

    @write_operation(
        "Change the password",
        {204: None},
        PasswordWrongError,
        PasswordRefusedError,
        request=inputs.PasswordChangeInput,
    )
    def post(self, request: Request) -> Response:
        """Set another password; every log-in and session ends."""
        sent = self.received(inputs.PasswordChangeInput)
        services.change_password(by=person(request), current=sent.pop("current_password"), **sent)
        return Response(status=status.HTTP_204_NO_CONTENT)


class EmailChange(Own):
    """A new address."""

    @write_operation(
        "Change the address", {202: None}, PasswordWrongError, request=inputs.EmailChangeInput
    )
    def post(self, request: Request) -> Response:
        """Mail a token to the new address; until it is used, the present one stays."""
        services.change_email(by=person(request), **self.received(inputs.EmailChangeInput))
        return Response(status=status.HTTP_202_ACCEPTED)


class EmailConfirmation(Open):
    """The confirmation of a new address."""

    @write_operation(
        "Confirm a new address",
        {204: None},
        MailedTokenError,
        EmailTakenError,
        request=inputs.TokenInput,
    )
    def post(self, _request: Request) -> Response:
        """Give the account its new address with the token that was mailed there."""
        services.confirm_email(**self.received(inputs.TokenInput))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(Own):
    """The account of who asks."""

    serializer_class = AccountSerializer

    @read_operation("Read your account", AccountSerializer, NotAuthenticatedError)
    def get(self, request: Request) -> Response:
        """Give the account of who asks."""
        return self.detail_response(request.user)

    @write_operation("Change your account", {200: AccountSerializer}, request=inputs.ProfileInput)
    def patch(self, request: Request) -> Response:
        """Change what the account says of its owner."""
        name = self.received(inputs.ProfileInput).get("name")
        return self.detail_response(services.update_profile(by=person(request), name=name))


class AccountExport(Own):
    """The data of who asks."""

    serializer_class = ExportSerializer

    @read_operation("Export your data", ExportSerializer, NotAuthenticatedError)
    def get(self, request: Request) -> Response:
        """Give all that is kept of the account of who asks, without secrets."""
        return self.detail_response(queries.export_account(person(request)))


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
        """Delete everything personal, for good; what others need stays, without a name."""
        services.delete_account(by=person(request), **self.received(inputs.DeleteAccountInput))
        return Response(status=status.HTTP_204_NO_CONTENT)


@require_safe
@cache_control(public=True, max_age=KEYS_AGE_S)
def jwks(_request: HttpRequest) -> JsonResponse:
    """Give the public keys of access tokens to whoever verifies them (RFC 7517)."""
    return JsonResponse({"keys": queries.list_public_keys()})
