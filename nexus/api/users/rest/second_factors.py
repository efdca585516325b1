"""The second factor of an account: asked for at a log-in, set up, renewed, turned off."""

from typing import Any

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError
from nexus.api.rest.operations import read_operation, write_operation
from nexus.api.users import inputs
from nexus.api.users.rest.accounts import Open, Own, TokensSerializer, person, tokens
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
    """How the second factor of an account stands."""

    is_on = serializers.BooleanField()
    recovery_codes_left = serializers.IntegerField()


class SetupSerializer(serializers.Serializer[services.Setup]):
    """What an app needs to make codes."""

    setup = serializers.CharField(help_text="Goes back with the first code.")
    secret = serializers.CharField(help_text="For typing into an app.")
    uri = serializers.CharField(help_text="For opening in an app.")
    qr_svg = serializers.CharField(help_text="The address as a QR code, for a camera.")


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    """Codes that open the account once each, in the place of a code of the app."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


def shown(view: Own, codes: list[str]) -> Response:
    """Answer with recovery codes, which nobody may keep on the way."""
    return view.detail_response({"recovery_codes": codes}, headers={"Cache-Control": "no-store"})


class SecondFactorLogIn(Open):
    """The second half of a log-in."""

    serializer_class = TokensSerializer

    @write_operation(
        "Complete a log-in with a second factor",
        {200: TokensSerializer},
        TicketError,
        SecondFactorError,
        request=inputs.SecondFactorInput,
    )
    def post(self, _request: Request) -> Response:
        """Give tokens for the ticket of `second_factor_required` and a code, which works once."""
        return tokens(services.log_in_with_second_factor(**self.received(inputs.SecondFactorInput)))


class SecondFactor(Own):
    """The second factor of who asks."""

    serializer_class = SecondFactorSerializer

    @read_operation("Read your second factor", SecondFactorSerializer, NotAuthenticatedError)
    def get(self, request: Request) -> Response:
        """Give whether log-ins ask for a code, and how many recovery codes are left."""
        return self.detail_response(queries.get_second_factor(person(request)))


class SecondFactorSetup(Own):
    """A second factor to be."""

    serializer_class = SetupSerializer

    @write_operation(
        "Begin to set up a second factor",
        {200: SetupSerializer},
        SecondFactorOnError,
        request=None,
    )
    def post(self, request: Request) -> Response:
        """Make a secret for an app; until its first code has come, nothing is kept of it."""
        made = services.begin_second_factor(by=person(request))
        return self.detail_response(made, headers={"Cache-Control": "no-store"})


class SecondFactorStart(Own):
    """A second factor that begins."""

    serializer_class = RecoveryCodesSerializer

    @write_operation(
        "Turn the second factor on",
        {200: RecoveryCodesSerializer},
        PasswordWrongError,
        SetupError,
        SecondFactorError,
        SecondFactorOnError,
        request=inputs.SetupInput,
    )
    def post(self, request: Request) -> Response:
        """Ask for a code at every log-in from now on; the recovery codes are shown once."""
        sent = self.received(inputs.SetupInput)
        return shown(self, services.turn_on_second_factor(by=person(request), **sent))


class RecoveryCodes(Own):
    """The recovery codes of who asks."""

    serializer_class = RecoveryCodesSerializer

    @write_operation(
        "Make new recovery codes",
        {200: RecoveryCodesSerializer},
        PasswordWrongError,
        SecondFactorError,
        SecondFactorOffError,
        request=inputs.ProofInput,
    )
    def post(self, request: Request) -> Response:
        """Make new recovery codes, which are shown once; the earlier ones stop working."""
        sent = self.received(inputs.ProofInput)
        return shown(self, services.renew_recovery_codes(by=person(request), **sent))


class SecondFactorRemoval(Own):
    """The end of a second factor."""

    @write_operation(
        "Turn the second factor off",
        {204: None},
        PasswordWrongError,
        SecondFactorError,
        SecondFactorOffError,
        request=inputs.ProofInput,
    )
    def post(self, request: Request) -> Response:
        """Let the password alone open the account again."""
        services.turn_off_second_factor(by=person(request), **self.received(inputs.ProofInput))
        return Response(status=status.HTTP_204_NO_CONTENT)
