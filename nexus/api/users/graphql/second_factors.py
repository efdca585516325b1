"""The second factor of an account: asked for at a log-in, set up, renewed, turned off."""

import strawberry

from nexus.api.graphql.context import Info
from nexus.api.inputs import validate
from nexus.api.users import inputs
from nexus.api.users.graphql.accounts import Tokens, address
from nexus.apps.users import queries, services

__all__ = [
    "RecoveryCodes",
    "SecondFactor",
    "SecondFactorSetup",
    "SecondFactorsMutation",
    "SecondFactorsQuery",
]


@strawberry.type(description="How the second factor of an account stands.")
class SecondFactor:
    """Whether log-ins ask for a code, and how many recovery codes are left."""

    is_on: bool
    recovery_codes_left: int


@strawberry.type(description="What an app needs to make codes; `setup` goes back with the first.")
class SecondFactorSetup:
    """A second factor to be."""

    setup: str
    secret: str
    uri: str
    qr_svg: str


@strawberry.type(description="Codes that open the account once each, instead of one of the app.")
class RecoveryCodes:
    """Recovery codes, shown once."""

    recovery_codes: list[str]


@strawberry.type
class SecondFactorsQuery:
    """Reads of a second factor."""

    @strawberry.field(description="The second factor of who asks.")
    def second_factor(self, info: Info) -> SecondFactor:
        return queries.get_second_factor(info.context.require_user())


@strawberry.type
class SecondFactorsMutation:
    """Writes of a second factor."""

    @strawberry.mutation(description="Get tokens for the ticket of a log-in and a code.")
    def log_in_with_second_factor(self, info: Info, ticket: str, code: str) -> Tokens:
        sent = validate(inputs.SecondFactorInput, ticket=ticket, code=code)
        return services.log_in_with_second_factor(**sent, address=address(info))

    @strawberry.mutation(description="Make a secret for an app; nothing is kept of it yet.")
    def begin_second_factor(self, info: Info) -> SecondFactorSetup:
        return services.begin_second_factor(by=info.context.require_user())

    @strawberry.mutation(description="Ask for a code at every log-in from now on.")
    def turn_on_second_factor(
        self, info: Info, setup: str, code: str, password: str
    ) -> RecoveryCodes:
        user = info.context.require_user()
        sent = validate(inputs.SetupInput, setup=setup, code=code, password=password)
        codes = services.turn_on_second_factor(by=user, **sent, address=address(info))
        return RecoveryCodes(recovery_codes=codes)

    @strawberry.mutation(description="Make new recovery codes; the earlier ones stop working.")
    def renew_recovery_codes(self, info: Info, password: str, code: str) -> RecoveryCodes:
        user = info.context.require_user()
        sent = validate(inputs.ProofInput, password=password, code=code)
        codes = services.renew_recovery_codes(by=user, **sent, address=address(info))
        return RecoveryCodes(recovery_codes=codes)

    @strawberry.mutation(description="Let the password alone open the account again.")
    def turn_off_second_factor(self, info: Info, password: str, code: str) -> bool:
        user = info.context.require_user()
        sent = validate(inputs.ProofInput, password=password, code=code)
        services.turn_off_second_factor(by=user, **sent, address=address(info))
        return True
