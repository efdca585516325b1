"""Labs and their runs: start, watch and cancel one."""

from typing import Annotated, Any
from uuid import UUID

import strawberry
import strawberry_django
from strawberry.relay import Connection
from strawberry.scalars import JSON

from nexus.api.graphql.connections import paginate, paginate_list
from nexus.api.graphql.context import Info
from nexus.api.graphql.inputs import Values, takes
from nexus.api.graphql.scalars import BigInt
from nexus.api.inputs import DEFAULT_PAGE_SIZE
from nexus.api.labs.inputs import RunListParameters, StartInput
from nexus.api.library.graphql import Claim, PageLink
from nexus.apps.labs import models, queries, services, states
from nexus.apps.labs.claim_status import LabStanding
from nexus.engines.experiment import Verdict as VerdictWord
from nexus.engines.experiment.document.json_form import upgrade

__all__ = ["Lab", "LabsMutation", "LabsQuery", "Run"]

RunId = Annotated[UUID, strawberry.argument(name="id")]


RunForm = strawberry.enum(states.RunForm, description="How much time a run may take.")
RunStatus = strawberry.enum(states.RunStatus, description="The status of a run.")
Verdict = strawberry.enum(VerdictWord, description="The verdict of a run.")


@strawberry_django.type(models.Run, description="One execution of a lab.")
class Run:
    """A run and its progress."""

    id: UUID
    lab: strawberry.auto
    form: RunForm
    seed: BigInt
    status: RunStatus
    requested_at: strawberry.auto
    started_at: strawberry.auto
    ended_at: strawberry.auto
    step: strawberry.auto
    done: strawberry.auto
    remaining_s: strawberry.auto
    error: strawberry.auto

    @strawberry_django.field(only=["document"], description="The whole nexus.run/1 document.")
    def result(self, root: strawberry.Parent[models.Run]) -> JSON | None:
        return upgrade(root.document) if root.document else None

    @strawberry_django.field(only=["verdict"], description="Null until the run is done.")
    def verdict(self, root: strawberry.Parent[models.Run]) -> Verdict | None:
        return VerdictWord(root.verdict) if root.verdict else None

    @strawberry_django.field(
        only=["status"], description="The number of runs ahead of this one in the queue."
    )
    def queued_before(self, root: strawberry.Parent[models.Run]) -> int:
        return queries.count_queued_before(root)


@strawberry.type(description="The resources that a lab needs.")
class Needs:
    """The resources that a lab needs."""

    disk_mb: int
    memory_mb: int
    time_s: int


@strawberry.type(description="One way to do the work.")
class Variant:
    """One way to do the work."""

    name: str
    label: str
    baseline: bool


@strawberry.type(description="An experiment and the claims that it decides.")
class Lab:
    """A lab; its root is a `LabStanding`."""

    slug: str
    title: str
    design: str
    page: PageLink | None
    needs: Needs
    variants: list[Variant]
    latest_run: Run | None

    @strawberry.field
    def claims(self, root: strawberry.Parent[LabStanding], info: Info) -> list[Claim]:
        standings = info.context.standings.claims
        claims: list[Any] = [standings[name].claim for name in root.claims if name in standings]
        return claims


@strawberry.type
class LabsQuery:
    """Queries of labs and runs."""

    @strawberry.field(description="All labs, by slug.")
    def labs(self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = "") -> Connection[Lab]:
        rows = [(lab, (lab.slug,)) for lab in info.context.standings.lab_standings()]
        return paginate_list(rows, first=first, after=after)

    @strawberry.field(description="One lab.")
    def lab(self, info: Info, slug: str) -> Lab | None:
        return info.context.standings.lab(slug)

    @strawberry.field(description="The runs of this installation, newest first.")
    @takes(RunListParameters, enums={"status": RunStatus}, anonymous=True)
    def runs(
        self, info: Info, values: Values, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Run]:
        rows = queries.find_runs(lab=values.get("lab", ""), status=values.get("status", ""))
        return paginate(rows, info, order=("-requested_at", "-id"), first=first, after=after)

    @strawberry.field(description="One run. Poll until its status is final.")
    def run(self, run_id: RunId) -> Run | None:
        return queries.get_run(run_id)


@strawberry.type
class LabsMutation:
    """Mutations of runs."""

    @strawberry.mutation(description="Queue a run. One run is executed at a time.")
    @takes(StartInput, enums={"form": RunForm})
    def start_run(self, info: Info, values: Values) -> Run:
        return services.request_run(by=info.context.require_user(), **values)

    @strawberry.mutation(description="Cancel a run: at once if it is queued, otherwise soon.")
    def cancel_run(self, info: Info, run_id: RunId) -> Run:
        return services.cancel_run(run_id=run_id, by=info.context.require_user())
