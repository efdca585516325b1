"""Claims in two versions: the figure's parts as separate members, or the figure as one."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.library.inputs import ClaimListParameters, ClaimListParametersV1
from nexus.api.library.rest.pages import PageLinkSerializer
from nexus.api.library.states import StateField, StateFieldV1
from nexus.api.rest.operations import read_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.api.rest.versions import DEPRECATION_HEADERS, Deprecation
from nexus.apps.labs.claim_status import ClaimStanding, Figure, Standings
from nexus.apps.library.errors import ClaimNotFoundError
from nexus.core.database.keyset import CursorError

__all__ = [
    "ClaimDetail",
    "ClaimDetailV2",
    "ClaimList",
    "ClaimListV2",
    "ClaimSerializer",
    "ClaimV2Serializer",
    "FigureSerializer",
    "claim_lines",
]

SINCE, UNTIL = date(2026, 12, 1), date(2027, 12, 1)


class FigureSerializer(serializers.Serializer[Figure]):
    """A measured value with its interval, bar and unit."""

    value = serializers.FloatField()
    interval = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="The bounds of the interval; null if one is open.",
    )
    bar = serializers.FloatField(allow_null=True, help_text="The value that the claim requires.")
    unit = serializers.CharField()


class ClaimSerializer(serializers.Serializer[ClaimStanding]):
    """A statement that can be false, and its state on this installation."""

    id = serializers.CharField(source="claim.id")
    sentence = serializers.CharField(source="claim.sentence")
    state = StateFieldV1(help_text="The latest verdict, not_run, or told (reported, not tested).")
    declared = serializers.CharField(
        allow_null=True, help_text="The verdict that the lab's author expects."
    )
    effect = serializers.CharField(allow_null=True, help_text="The result as a sentence.")
    value = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        allow_null=True,
        help_text="The bounds of the interval; null for an open bound.",
    )
    bar = serializers.FloatField(allow_null=True, help_text="The value that the claim requires.")
    unit = serializers.CharField(allow_null=True)
    page = PageLinkSerializer(source="claim.page")
    lab = serializers.CharField(source="lab_slug", allow_null=True)
    run = serializers.UUIDField(source="run_id", allow_null=True)
    machine = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    stale = serializers.CharField(
        allow_null=True, help_text="Why the verdict is stale; null if it is not."
    )


class ClaimV2Serializer(serializers.Serializer[ClaimStanding]):
    """A statement that can be false, and its state on this installation."""

    id = serializers.CharField(source="claim.id")
    sentence = serializers.CharField(source="claim.sentence")
    state = StateField(
        help_text="The latest verdict, not_run, or reported (by a write-up, not tested)."
    )
    declared = serializers.CharField(
        allow_null=True, help_text="The verdict that the lab's author expects."
    )
    effect = serializers.CharField(allow_null=True, help_text="The result as a sentence.")
    figure = FigureSerializer(
        allow_null=True, help_text="The measured value; null if nothing was measured."
    )
    page = PageLinkSerializer(source="claim.page")
    lab = serializers.CharField(source="lab_slug", allow_null=True)
    run = serializers.UUIDField(source="run_id", allow_null=True)
    machine = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    stale = serializers.CharField(
        allow_null=True, help_text="Why the verdict is stale; null if it is not."
    )


class ClaimListV2(Resource):
    """The claims of the library."""

    serializer_class: type[serializers.Serializer[Any]] = ClaimV2Serializer
    pagination_class = KeysetPagination
    parameters_class = ClaimListParameters

    @read_operation(
        "List claims",
        ClaimV2Serializer(many=True),
        CursorError,
        parameters=ClaimListParameters,
        operation_id="claims_v2_list",
    )
    def get(self, _request: Request) -> HttpResponse:
        """Return all claims and their state, in the library's order."""
        state = self.parameters.get("state")
        return self.list_response(
            [
                (standing, standing.key)
                for standing in Standings().claims.values()
                if state in {None, standing.state}
            ]
        )


class ClaimList(ClaimListV2):
    """The claims of the library, with the figure's parts as separate members."""

    serializer_class = ClaimSerializer
    parameters_class = ClaimListParametersV1

    @read_operation(
        "List claims",
        ClaimSerializer(many=True),
        CursorError,
        parameters=ClaimListParametersV1,
        headers=DEPRECATION_HEADERS,
        deprecated=True,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return all claims and their state. In version 2 the figure is one member."""
        response = super().get(request)
        Deprecation(SINCE, UNTIL, "claims-v2").add_headers(response)
        return response


class ClaimDetailV2(Resource):
    """One claim."""

    serializer_class: type[serializers.Serializer[Any]] = ClaimV2Serializer

    @read_operation(
        "Get a claim", ClaimV2Serializer, ClaimNotFoundError, operation_id="claims_v2_retrieve"
    )
    def get(self, _request: Request, claim_id: str) -> Response:
        """Return a claim and its state."""
        return self.detail_response(Standings().claim(claim_id))


# anchor: version_1
class ClaimDetail(ClaimDetailV2):
    """One claim, with the figure's parts as separate members."""

    serializer_class = ClaimSerializer

    @read_operation(
        "Get a claim",
        ClaimSerializer,
        ClaimNotFoundError,
        headers=DEPRECATION_HEADERS,
        deprecated=True,
    )
    def get(self, request: Request, claim_id: str) -> Response:
        """Return a claim and its state. In version 2 the figure is one member."""
        response = super().get(request, claim_id)
        Deprecation(SINCE, UNTIL, "claim-v2").add_headers(response, claim_id=claim_id)
        return response


# end: version_1


@require_safe
def claim_lines(_request: HttpRequest) -> HttpResponse:
    """Return all claims as in version 1, one JSON object per line."""
    claims = ClaimSerializer(list(Standings().claims.values()), many=True).data  # type: ignore[arg-type]
    lines = b"".join(JSONRenderer().render(claim) + b"\n" for claim in claims)
    return HttpResponse(lines, content_type="application/jsonl")
