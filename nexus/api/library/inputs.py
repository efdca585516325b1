"""What can be asked of the library."""

from rest_framework import serializers

from nexus.api.inputs import PageParameters, Parameters
from nexus.apps.labs.claim_status import STATES
from nexus.apps.library import queries

__all__ = ["KINDS", "ClaimListParameters", "PageListParameters", "SearchParameters"]

KINDS = list(queries.KIND_LABELS.items())
TEXT = r"^[^\x00]*$"
"""Whatever PostgreSQL can keep."""


class PageListParameters(PageParameters):
    """Which pages."""

    kind = serializers.ChoiceField(KINDS, required=False, help_text="Only pages of this kind.")
    topic = serializers.RegexField(
        TEXT, required=False, max_length=60, help_text="Only pages of this topic."
    )


class SearchParameters(Parameters):
    """What to search for."""

    q = serializers.RegexField(
        TEXT, max_length=200, help_text="The words; the last one may be unfinished."
    )
    kind = serializers.ChoiceField(KINDS, required=False, help_text="Only pages of this kind.")
    topic = serializers.RegexField(
        TEXT, required=False, max_length=60, help_text="Only pages of this topic."
    )
    limit = serializers.IntegerField(
        default=30, min_value=1, max_value=100, help_text="How many hits."
    )


class ClaimListParameters(PageParameters):
    """Which claims."""

    state = serializers.ChoiceField(STATES, required=False, help_text="Only those in this state.")
