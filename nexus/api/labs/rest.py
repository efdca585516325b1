"""Labs and their runs: start, watch and cancel one, and download its result."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.inputs import PageParameters
from nexus.api.labs.inputs import RunListParameters, StartInput
from nexus.api.library.rest.pages import PageLinkSerializer
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.apps.labs import queries, services
from nexus.apps.labs.claim_status import LabStanding, Standings
from nexus.apps.labs.errors import (
    LabNotFoundError,
    RunEndedError,
    RunNotAllowedError,
    RunNotFoundError,
)
from nexus.apps.labs.models import Run
from nexus.apps.labs.states import RunForm, RunStatus
from nexus.core.database.keyset import CursorError
from nexus.engines.experiment import Verdict

__all__ = [
    "LabDetail",
    "LabList",
    "LabSerializer",
    "RunCancel",
    "RunDetail",
    "RunList",
    "RunResult",
    "RunSamples",
    "RunSerializer",
    "RunSummarySerializer",
]

POLL_AFTER_S = 1
"""How long a client should wait before it polls an unfinished run again."""

RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    description="Seconds until the next poll; absent once the run has ended.",
    response=[200],
)


class NeedsSerializer(serializers.Serializer[Any]):
    """The resources that a lab needs."""

    disk_mb = serializers.IntegerField()
    memory_mb = serializers.IntegerField()
    time_s = serializers.IntegerField(help_text="The usual duration of a full run.")


class VariantSerializer(serializers.Serializer[Any]):
    """One way to do the work."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    baseline = serializers.BooleanField()


class LabSerializer(serializers.Serializer[LabStanding]):
    """An experiment and the claims that it decides."""

    slug = serializers.CharField()
    title = serializers.CharField()
    design = serializers.CharField()
    page = PageLinkSerializer(allow_null=True)
    needs = NeedsSerializer()
    variants = VariantSerializer(many=True)
    claims = serializers.ListField(
        child=serializers.CharField(), help_text="The ids of the claims."
    )
    latest_run = serializers.UUIDField(
        source="latest_run.id",
        allow_null=True,
        read_only=True,
        help_text="The latest run with a verdict.",
    )


class RunSummarySerializer(serializers.ModelSerializer[Run]):
    """A run in a list."""

    form = serializers.ChoiceField(RunForm.choices)
    status = serializers.ChoiceField(RunStatus.choices)
    verdict = serializers.SerializerMethodField(help_text="Null until the run is done.")

    class Meta:
        model = Run
        fields: ClassVar = [
            "id",
            "lab",
            "form",
            "seed",
            "status",
            "verdict",
            "requested_at",
            "started_at",
            "ended_at",
        ]

    def get_verdict(self, run: Run) -> Verdict | None:
        """Return the verdict, or None."""
        return Verdict(run.verdict) if run.verdict else None


class RunSerializer(RunSummarySerializer):
    """A run and its progress."""

    step = serializers.CharField(allow_blank=True, help_text="The current step.")
    done = serializers.FloatField(help_text="Progress from 0 to 1.")
    remaining_s = serializers.FloatField(
        allow_null=True, help_text="The remaining seconds, at most."
    )
    queued_before = serializers.SerializerMethodField(
        help_text="The number of runs ahead of this one in the queue."
    )
    error = serializers.CharField(allow_blank=True, help_text="Why it failed; empty if it did not.")

    class Meta(RunSummarySerializer.Meta):
        fields: ClassVar = [
            *RunSummarySerializer.Meta.fields,
            "step",
            "done",
            "remaining_s",
            "queued_before",
            "error",
        ]

    def get_queued_before(self, run: Run) -> int:
        """Return the number of runs that will be executed before this one."""
        return queries.count_queued_before(run)


class LabList(Resource):
    """The labs of this installation."""

    serializer_class = LabSerializer
    pagination_class = KeysetPagination
    parameters_class = PageParameters

    @read_operation("List labs", LabSerializer(many=True), CursorError, parameters=PageParameters)
    def get(self, _request: Request) -> HttpResponse:
        """Return all labs, by slug."""
        return self.list_response([(lab, (lab.slug,)) for lab in Standings().lab_standings()])


class LabDetail(Resource):
    """One lab."""

    serializer_class = LabSerializer

    @read_operation("Get a lab", LabSerializer, LabNotFoundError)
    def get(self, _request: Request, slug: str) -> Response:
        """Return a lab, its variants and the claims that it decides."""
        return self.detail_response(Standings().lab(slug))


class RunList(Resource):
    """The runs of this installation."""

    serializer_class = RunSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parameters_class = RunListParameters
    order = ("-requested_at", "-id")

    @read_operation(
        "List runs", RunSummarySerializer(many=True), CursorError, parameters=RunListParameters
    )
    def get(self, _request: Request) -> HttpResponse:
        """Return the runs of this installation, newest first."""
        lab, state = self.parameters.get("lab", ""), self.parameters.get("status", "")
        return self.list_response(queries.find_runs(lab=lab, status=state).defer("document"))

    @write_operation(
        "Start a run",
        {201: RunSerializer},
        LabNotFoundError,
        RunNotAllowedError,
        request=StartInput,
        headers=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Queue a run. One run is executed at a time."""
        run = services.request_run(by=request.user, **self.validated_body(StartInput))
        address = reverse("api:run", args=[run.pk])
        content = RunSerializer(run).data
        return Response(content, status.HTTP_201_CREATED, headers={"Location": address})


class RunDetail(Resource):
    """One run."""

    serializer_class = RunSerializer

    @read_operation("Get a run", RunSerializer, RunNotFoundError, headers=[RETRY_AFTER])
    def get(self, _request: Request, run_id: UUID) -> Response:
        """Return a run and its progress.

        Until it has ended, poll again after `Retry-After` seconds, with the last ETag in
        `If-None-Match`: 304 means that nothing has changed.
        """
        run = queries.get_run(run_id)
        return self.detail_response(
            run, headers={} if run.has_ended else {"Retry-After": str(POLL_AFTER_S)}
        )


class RunCancel(Resource):
    """The cancellation of a run."""

    serializer_class = RunSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation(
        "Cancel a run",
        {202: RunSerializer},
        RunNotFoundError,
        RunNotAllowedError,
        RunEndedError,
        request=None,
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        """Cancel a run: at once if it is queued, within about a second if it is running."""
        run = services.cancel_run(run_id=run_id, by=request.user)
        return self.detail_response(run, status=status.HTTP_202_ACCEPTED)


class RunResult(Resource):
    """The result of a run."""

    @read_operation("Get the result of a run", OpenApiTypes.OBJECT, RunNotFoundError)
    def get(self, _request: Request, run_id: UUID) -> Response:
        """Return the `nexus.run/1` document: verdicts, variants and environment."""
        return Response(queries.get_document(run_id))


class CsvRenderer(BaseRenderer):
    """Text that is CSV already."""

    media_type = "text/csv"
    format = "csv"

    def render(self, data: Any, *_args: Any, **_options: Any) -> bytes:
        return str(data).encode()


class RunSamples(Resource):
    """The raw samples of a run."""

    renderer_classes = (CsvRenderer,)

    @read_operation("Download the samples of a run", str, RunNotFoundError, media_type="text/csv")
    def get(self, _request: Request, run_id: UUID) -> Response:
        """Return every measured unit as CSV."""
        return Response(queries.samples_csv(queries.get_run(run_id)))
