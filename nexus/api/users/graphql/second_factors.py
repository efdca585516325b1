"""Second factors: log in with one, set one up, renew its recovery codes, disable it."""

import strawberry

from nexus.api.graphql.context import Info
from nexus.api.graphql.inputs import Values, takes
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


@strawberry.type(description="The second factor of an account.")
class SecondFactor:
    """Whether a code is required at log-in, and how many recovery codes are left."""

    is_on: bool
    recovery_codes_left: int


@strawberry.type(
    description="The secret for an authenticator app; send `setup` back with the first code."
)
class SecondFactorSetup:
    """A second factor in preparation."""

    setup: str
    secret: str
    uri: str
    qr_svg: str


@strawberry.type(description="Recovery codes, each usable once instead of a code.")
class RecoveryCodes:
    """Recovery codes, shown once."""

    recovery_codes: list[str]


@strawberry.type
class SecondFactorsQuery:
    """Queries of second factors."""

    @strawberry.field(description="The current user's second factor.")
    def second_factor(self, info: Info) -> SecondFactor:
        return queries.get_second_factor(info.context.require_user())


@strawberry.type
class SecondFactorsMutation:
    """Mutations of second factors."""

    @strawberry.mutation(description="Exchange the ticket of a log-in and a code for tokens.")
    @takes(inputs.SecondFactorInput, anonymous=True)
    def log_in_with_second_factor(self, info: Info, values: Values) -> Tokens:
        return services.log_in_with_second_factor(**values, address=address(info))

    @strawberry.mutation(
        description="Create a secret for an authenticator app. Nothing is saved yet."
    )
    def begin_second_factor(self, info: Info) -> SecondFactorSetup:
        return services.start_second_factor(by=info.context.require_user())

    @strawberry.mutation(description="Enable the second factor. Every log-in then requires a code.")
    @takes(inputs.SetupInput)
    def turn_on_second_factor(self, info: Info, values: Values) -> RecoveryCodes:
        user = info.context.require_user()
        codes = services.turn_on_second_factor(by=user, **values, address=address(info))
        return RecoveryCodes(recovery_codes=codes)

    @strawberry.mutation(description="Replace the recovery codes. The old ones stop working.")
    @takes(inputs.ProofInput)
    def renew_recovery_codes(self, info: Info, values: Values) -> RecoveryCodes:
        user = info.context.require_user()
        codes = services.renew_recovery_codes(by=user, **values, address=address(info))
        return RecoveryCodes(recovery_codes=codes)

    @strawberry.mutation(description="Disable the second factor.")
    @takes(inputs.ProofInput)
    def turn_off_second_factor(self, info: Info, values: Values) -> bool:
        user = info.context.require_user()
        services.turn_off_second_factor(by=user, **values, address=address(info))
        return True
