"""The states of a claim, as each version of the API names them."""

from typing import Any

from rest_framework import serializers

from nexus.apps.labs import standings

__all__ = ["STATES", "STATES_V1", "StateField", "StateFieldV1", "state_of"]

REPORTED, REPORTED_V1 = "reported", "told"
"""What a write-up reports and no lab has decided; version 1 keeps its first name."""


def _current(state: str) -> str:
    return REPORTED if state == REPORTED_V1 else state


def _version_1(state: str) -> str:
    return REPORTED_V1 if state == REPORTED else state


STATES = tuple(_current(state) for state in standings.STATES)
STATES_V1 = tuple(_version_1(state) for state in STATES)


def state_of(standing: standings.ClaimStanding) -> str:
    """Return the state of a claim, one of `STATES`."""
    return _current(standing.state)


class StateField(serializers.ChoiceField):
    """The state of a claim; as a filter it is read as one of `STATES`."""

    choices_shown = STATES

    def __init__(self, **options: Any) -> None:
        super().__init__(self.choices_shown, **options)

    def to_representation(self, value: str) -> str:
        """Return the state's name."""
        return _current(value)

    def to_internal_value(self, data: Any) -> str:
        """Return the state. Raises `ValidationError` for an unknown one."""
        return _current(super().to_internal_value(data))


class StateFieldV1(StateField):
    """The state of a claim in version 1."""

    choices_shown = STATES_V1

    def to_representation(self, value: str) -> str:
        """Return the state's name in version 1."""
        return _version_1(value)
