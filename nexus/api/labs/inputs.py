"""Inputs of labs and runs."""

from typing import Any

from rest_framework import serializers

from nexus.api.inputs import PageParameters
from nexus.apps.labs.states import RunForm, RunStatus

__all__ = ["RunListParameters", "StartInput"]

MAX_SEED = 2**32 - 1


class StartInput(serializers.Serializer[Any]):
    """A run to start."""

    lab = serializers.SlugField(max_length=80, help_text="The lab's slug.")
    form = serializers.ChoiceField(RunForm.choices, default=RunForm.FULL)
    seed = serializers.IntegerField(
        default=None,
        allow_null=True,
        min_value=0,
        max_value=MAX_SEED,
        help_text="Repeats the order of an earlier run. Random by default.",
    )


class RunListParameters(PageParameters):
    """Filters of runs."""

    lab = serializers.SlugField(required=False, max_length=80, help_text="Runs of this lab.")
    status = serializers.ChoiceField(
        RunStatus.choices, required=False, help_text="Runs with this status."
    )
