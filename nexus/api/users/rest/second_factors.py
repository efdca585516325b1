"""Second factors: log in with one, set one up, renew its recovery codes, disable it."""

from typing import Any

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.authentication import current_user
from nexus.api.errors import NotAuthenticatedError
from nexus.api.rest.operations import read_operation, write_operation
from nexus.api.users import inputs
from nexus.api.users.rest.accounts import Open, Own, TokensSerializer, tokens
from nexus.apps.users import queries, services
from nexus.apps.users.errors import (
    PasswordWrongError,
    SecondFactorError,
    SecondFactorOffError,
    SecondFactorOnError,
    SetupError,
    TicketError,
)

__all__ = [
    "RecoveryCodes",
    "RecoveryCodesSerializer",
    "SecondFactor",
    "SecondFactorLogIn",
    "SecondFactorRemoval",
    "SecondFactorSerializer",
    "SecondFactorSetup",
    "SecondFactorStart",
    "SetupSerializer",
]


class SecondFactorSerializer(serializers.Serializer[queries.SecondFactor]):
    """The second factor of an account."""

    is_on = serializers.BooleanField()
    recovery_codes_left = serializers.IntegerField()


class SetupSerializer(serializers.Serializer[services.Setup]):
    """The secret for an authenticator app."""

    setup = serializers.CharField(help_text="Send it back with the first code.")
    secret = serializers.CharField(help_text="To type into an app.")
    uri = serializers.CharField(help_text="To open in an app.")
    qr_svg = serializers.CharField(help_text="The address as a QR code.")


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    """Recovery codes, each usable once instead of a code from the app."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


def codes_response(view: Own, codes: list[str]) -> Response:
    """Return a response with recovery codes, which must not be stored on the way."""
    return view.detail_response({"recovery_codes": codes}, headers={"Cache-Control": "no-store"})


class SecondFactorLogIn(Open):
    """The second step of a log-in."""

    serializer_class = TokensSerializer

    @write_operation(
        "Complete a log-in with a second factor",
        {200: TokensSerializer},
        TicketError,
        SecondFactorError,
        request=inputs.SecondFactorInput,
    )
    def post(self, _request: Request) -> Response:
        """Exchange the ticket from `second_factor_required` and a code for tokens."""
        return tokens(services.log_in_with_second_factor(**self.received(inputs.SecondFactorInput)))


class SecondFactor(Own):
    """The current user's second factor."""

    serializer_class = SecondFactorSerializer

    @read_operation("Get your second factor", SecondFactorSerializer, NotAuthenticatedError)
    def get(self, request: Request) -> Response:
        """Return whether a code is required at log-in, and how many recovery codes are left."""
        return self.detail_response(queries.get_second_factor(current_user(request)))


class SecondFactorSetup(Own):
    """A second factor in preparation."""

    serializer_class = SetupSerializer

    @write_operation(
        "Start setting up a second factor",
        {200: SetupSerializer},
        SecondFactorOnError,
        request=None,
    )
    def post(self, request: Request) -> Response:
        """Create a secret for an authenticator app. It is saved when its first code arrives."""
        setup = services.start_second_factor(by=current_user(request))
        return self.detail_response(setup, headers={"Cache-Control": "no-store"})


class SecondFactorStart(Own):
    """The enabling of a second factor."""

    serializer_class = RecoveryCodesSerializer

    @write_operation(
        "Enable the second factor",
        {200: RecoveryCodesSerializer},
        PasswordWrongError,
        SetupError,
        SecondFactorError,
        SecondFactorOnError,
        request=inputs.SetupInput,
    )
    def post(self, request: Request) -> Response:
        """Require a code at every log-in. The recovery codes are shown once."""
        body = self.received(inputs.SetupInput)
        return codes_response(
            self, services.turn_on_second_factor(by=current_user(request), **body)
        )


class RecoveryCodes(Own):
    """The current user's recovery codes."""

    serializer_class = RecoveryCodesSerializer

    @write_operation(
        "Replace the recovery codes",
        {200: RecoveryCodesSerializer},
        PasswordWrongError,
        SecondFactorError,
        SecondFactorOffError,
        request=inputs.ProofInput,
    )
    def post(self, request: Request) -> Response:
        """Return new recovery codes, once. The old ones stop working."""
        body = self.received(inputs.ProofInput)
        return codes_response(self, services.renew_recovery_codes(by=current_user(request), **body))


class SecondFactorRemoval(Own):
    """The disabling of a second factor."""

    @write_operation(
        "Disable the second factor",
        {204: None},
        PasswordWrongError,
        SecondFactorError,
        SecondFactorOffError,
        request=inputs.ProofInput,
    )
    def post(self, request: Request) -> Response:
        """Disable the second factor, so that the password is enough."""
        services.turn_off_second_factor(
            by=current_user(request), **self.received(inputs.ProofInput)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
