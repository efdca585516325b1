"""Inputs of the library."""

from rest_framework import serializers

from nexus.api.fields import WORDS
from nexus.api.inputs import PageParameters, Parameters
from nexus.api.library.states import StateField, StateFieldV1
from nexus.apps.library import queries

__all__ = [
    "KINDS",
    "ClaimListParameters",
    "ClaimListParametersV1",
    "PageListParameters",
    "SearchParameters",
]

KINDS = list(queries.KIND_LABELS.items())


class PageListParameters(PageParameters):
    """Filters of pages."""

    kind = serializers.ChoiceField(KINDS, required=False, help_text="Pages of this kind.")
    topic = serializers.RegexField(
        WORDS, required=False, max_length=60, help_text="Pages of this topic."
    )


class SearchParameters(Parameters):
    """The query of a search."""

    q = serializers.RegexField(
        WORDS, max_length=200, help_text="The search words; the last one may be incomplete."
    )
    kind = serializers.ChoiceField(KINDS, required=False, help_text="Pages of this kind.")
    topic = serializers.RegexField(
        WORDS, required=False, max_length=60, help_text="Pages of this topic."
    )
    limit = serializers.IntegerField(
        default=30, min_value=1, max_value=100, help_text="Maximum number of hits."
    )


class ClaimListParameters(PageParameters):
    """Filters of claims."""

    state = StateField(required=False, help_text="Claims in this state.")


class ClaimListParametersV1(ClaimListParameters):
    """Filters of claims in version 1."""

    state = StateFieldV1(required=False, help_text="Claims in this state.")
