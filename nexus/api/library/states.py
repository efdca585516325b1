"""The states of a claim, as each version of the API names them."""

from typing import Any

from rest_framework import serializers

from nexus.apps.labs.claim_status import REPORTED, STATES

__all__ = ["STATES", "STATES_V1", "StateField", "StateFieldV1"]

REPORTED_V1 = "told"
"""Version 1 keeps the first name of the state "reported"."""


def _version_1(state: str) -> str:
    return REPORTED_V1 if state == REPORTED else state


STATES_V1 = tuple(_version_1(state) for state in STATES)


class StateField(serializers.ChoiceField):
    """The state of a claim; a filter takes one of `STATES`."""

    names = STATES

    def __init__(self, **options: Any) -> None:
        super().__init__(self.names, **options)


class StateFieldV1(StateField):
    """The state of a claim in version 1; a filter takes one of `STATES_V1`."""

    names = STATES_V1

    def to_representation(self, value: str) -> str:
        """Return the state's name in version 1."""
        return _version_1(value)

    def to_internal_value(self, data: Any) -> str:
        """Return the state. Raises `ValidationError` for an unknown one."""
        state: str = super().to_internal_value(data)
        return REPORTED if state == REPORTED_V1 else state
