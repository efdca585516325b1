"""What templates show of pages, claims, labs and runs, put together from the apps' queries."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.urls import reverse

from nexus.apps.labs import queries as lab_queries
from nexus.apps.labs.errors import RunNotAllowedError
from nexus.apps.labs.permissions import may_cancel, may_run
from nexus.apps.labs.registry import RegisteredLab, all_labs
from nexus.apps.labs.states import RunForm
from nexus.apps.library import queries as library_queries
from nexus.apps.library.reading.page import page_url

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from nexus.apps.labs.models import Run
    from nexus.apps.library.models import Claim, Page
    from nexus.apps.users.models import User

    Viewer = User | AnonymousUser

__all__ = ["ClaimView", "Hub", "LabView", "PageLink", "RunView"]


@dataclass(frozen=True, kw_only=True)
class PageLink:
    """A page to go to."""

    url: str
    title: str
    summary: str

    @classmethod
    def to(cls, page: "Page") -> "PageLink":
        """Link to `page`."""
        return cls(url=page_url(page.key), title=page.title, summary=page.summary)


@dataclass(frozen=True, kw_only=True)
class LabLink:
    """A lab to go to."""

    slug: str
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run as templates show it."""

    run: "Run"
    lab: LabLink
    may_cancel: bool
    claims: dict[str, "Claim"]

    def __getattr__(self, name: str) -> Any:
        if name in {"id", "status", "step", "done", "remaining_s", "error", "verdict", "document"}:
            return getattr(self.run, name)
        raise AttributeError(name)

    @property
    def started_at(self) -> Any:
        """When the run began, or nothing while it waits."""
        return self.run.started_at

    @property
    def age(self) -> str:
        """How long ago it ended, in words."""
        return str(naturaltime(self.run.ended_at or self.run.requested_at))

    @property
    def machine(self) -> str:
        """The machine in one line."""
        environment = (self.run.document or {}).get("environment")
        if not environment:
            return ""
        memory_gb = round(environment["memory_mb"] / 1024)
        return (
            f"{environment['cpu']}, {environment['cores']} cores, {memory_gb} GB, "
            f"{environment['kernel']}"
        )

    @property
    def url(self) -> str:
        """The run's own page."""
        return reverse("runs:detail", args=[self.run.pk])

    @property
    def samples_url(self) -> str:
        """The raw samples as CSV."""
        return reverse("runs:samples", args=[self.run.pk])

    @property
    def json_url(self) -> str:
        """The whole result."""
        return reverse("runs:document", args=[self.run.pk])

    @property
    def cancel_url(self) -> str:
        """Where a cancel is posted to."""
        return reverse("runs:cancel", args=[self.run.pk])

    @property
    def command(self) -> str:
        """The command that repeats this run."""
        form = " --quick" if self.run.form == RunForm.QUICK else ""
        return f"nexus run {self.run.lab}{form} --seed {self.run.seed}"

    @cached_property
    def position_in_queue(self) -> int:
        """How many runs come before this one."""
        return lab_queries.count_queued_before(self.run)


@dataclass(frozen=True, kw_only=True)
class ClaimView:
    """A claim with what is known of it here. `state` is a verdict, "told" or "not run"."""

    id: str
    sentence: str
    lab_slug: str
    lab_url: str
    state: str
    expectation: dict[str, Any] | None
    run: RunView | None


@dataclass(frozen=True, kw_only=True)
class LabView:
    """A lab with its claims and its latest run."""

    slug: str
    title: str
    url: str
    page_url: str
    page_title: str
    summary: str
    needs: Any
    variants: tuple[dict[str, object], ...]
    claims: tuple[ClaimView, ...]
    latest: RunView | None
    may_run: bool
    why_not: str
    plan_s: float
    plan_quick_s: float

    @property
    def command(self) -> str:
        """The command that runs the lab in full."""
        return f"nexus run {self.slug}"


class Hub:
    """Everything that one page shows, read once: labs, claims, and their standings.

    A page of any size costs the same number of queries.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self.viewer = viewer

    @cached_property
    def may_run(self) -> bool:
        """Whether the viewer may start runs."""
        return may_run(self.viewer)

    @cached_property
    def registered(self) -> dict[str, RegisteredLab]:
        """Every lab by slug."""
        return {lab.slug: lab for lab in all_labs()}

    @cached_property
    def claims(self) -> dict[str, "Claim"]:
        """Every claim by id."""
        return library_queries.list_claims()

    @cached_property
    def pages(self) -> dict[str, "Page"]:
        """Every page by `kind/slug`, without bodies."""
        return library_queries.pages_by_key()

    @cached_property
    def standings(self) -> dict[str, lab_queries.Standing]:
        """What the latest runs say, by claim."""
        return lab_queries.claim_standings(self.registered)

    @cached_property
    def latest_runs(self) -> dict[str, "Run"]:
        """The latest run with a verdict, by lab."""
        return {standing.run.lab: standing.run for standing in self.standings.values()}

    @cached_property
    def deciding_lab(self) -> dict[str, RegisteredLab]:
        """The lab that decides each claim."""
        return {
            expectation.claim: lab
            for lab in self.registered.values()
            for expectation in lab.lab.expectations
        }

    def claim(self, claim_id: str) -> ClaimView:
        """Give a claim; one that no lab decides is told."""
        lab = self.deciding_lab.get(claim_id)
        standing = self.standings.get(claim_id)
        state = "told" if lab is None else "not run"
        row = self.claims.get(claim_id)
        return ClaimView(
            id=claim_id,
            sentence=row.sentence if row else claim_id,
            lab_slug=lab.slug if lab else "",
            lab_url=reverse("labs:detail", args=[lab.slug]) if lab else "",
            state=standing.expectation["verdict"] if standing else state,
            expectation=standing.expectation if standing else None,
            run=self.run(standing.run) if standing else None,
        )

    def lab(self, registered: RegisteredLab) -> LabView:
        """Give a lab."""
        lab, page = registered.lab, self.pages.get(registered.page_key)
        latest = self.latest_runs.get(registered.slug)
        return LabView(
            slug=registered.slug,
            title=lab.title,
            url=reverse("labs:detail", args=[registered.slug]),
            page_url=page_url(page.key) if page else "",
            page_title=page.title if page else "",
            summary=page.summary if page else "",
            needs=lab.needs,
            variants=tuple(
                {"name": variant.name, "label": variant.label, "baseline": variant.baseline}
                for variant in lab.variants.values()
            ),
            claims=tuple(self.claim(expectation.claim) for expectation in lab.expectations),
            latest=self.run(latest) if latest else None,
            may_run=self.may_run,
            why_not="" if self.may_run else RunNotAllowedError.default_message(),
            plan_s=lab.plan("full").at_most_s,
            plan_quick_s=lab.plan("quick").at_most_s,
        )

    def labs(self) -> list[LabView]:
        """Give every lab."""
        return [self.lab(registered) for registered in self.registered.values()]

    def run(self, run: "Run") -> RunView:
        """Give a run."""
        registered = self.registered.get(run.lab)
        link = LabLink(
            slug=run.lab,
            title=registered.lab.title if registered else run.lab,
            url=reverse("labs:detail", args=[run.lab]),
        )
        return RunView(
            run=run,
            lab=link,
            may_cancel=may_cancel(self.viewer, run),
            claims=self.claims,
        )

    def blocks(self, page: "Page") -> list[dict[str, Any]]:
        """Give a page's blocks with its claims and labs filled in."""
        return [self._block(page, block) for block in page.blocks]

    def _block(self, page: "Page", block: dict[str, Any]) -> dict[str, Any]:
        if block["kind"] == "claim":
            return {"kind": "claim", "claim": self.claim(block["id"])}
        if block["kind"] == "lab":
            lab = next(lab for lab in self.registered.values() if lab.page_key == page.key)
            return {"kind": "lab", "lab": self.lab(lab)}
        return block
