"""The data that templates show about pages, claims, labs and runs."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.urls import reverse

from nexus.apps.labs import queries as lab_queries
from nexus.apps.labs.claim_status import REPORTED, Standings
from nexus.apps.labs.errors import RunNotAllowedError
from nexus.apps.labs.freshness import why_stale
from nexus.apps.labs.permissions import may_cancel, may_run
from nexus.apps.labs.states import RunForm
from nexus.apps.library.reading.page import page_url
from nexus.web.pages.source_files import change_url, source_url

if TYPE_CHECKING:
    from uuid import UUID

    from nexus.apps.labs.models import Run
    from nexus.apps.labs.registry import RegisteredLab
    from nexus.apps.library.models import Claim, Page
    from nexus.apps.users.actors import Actor
    from nexus.engines.experiment.document.run_document import RunDocument


__all__ = ["ClaimView", "LabLink", "LabView", "PageData", "PageLink", "RunView", "SourceLink"]


@dataclass(frozen=True, kw_only=True)
class PageLink:
    """A link to a page."""

    url: str
    title: str
    summary: str

    @classmethod
    def to(cls, page: "Page") -> "PageLink":
        """Link to `page`."""
        return cls(url=page_url(page.key), title=page.title, summary=page.summary)


@dataclass(frozen=True, kw_only=True)
class SourceLink:
    """A file: `url` shows it, `change_url` is where to suggest a change.

    If `elsewhere`, `change_url` is an external site; otherwise it is the same as `url`.
    """

    path: str
    url: str
    change_url: str
    elsewhere: bool

    @classmethod
    def to(cls, path: str) -> "SourceLink":
        """Link to the file at `path`."""
        source, change = source_url(path), change_url(path)
        return cls(path=path, url=source, change_url=change or source, elsewhere=bool(change))


@dataclass(frozen=True, kw_only=True)
class LabLink:
    """A link to a lab."""

    slug: str
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run as templates show it. `stale` says why its verdict is stale; empty if it is not."""

    run: "Run"
    lab: LabLink
    may_cancel: bool
    claims: dict[str, "Claim"]
    stale: str

    @property
    def id(self) -> "UUID":
        """The run's id."""
        return self.run.pk

    @property
    def name(self) -> str:
        """The first eight characters of the id."""
        return str(self.run.pk)[:8]

    @property
    def status(self) -> str:
        """The state of the run."""
        return self.run.status

    @property
    def form(self) -> str:
        """Whether it is a quick run or a full one."""
        return self.run.form

    @property
    def seed(self) -> int:
        """The seed of its random draws."""
        return self.run.seed

    @property
    def step(self) -> str:
        """The current step."""
        return self.run.step

    @property
    def done(self) -> float:
        """The progress, from 0 to 1."""
        return self.run.done

    @property
    def remaining_s(self) -> float | None:
        """The estimated remaining seconds, if known."""
        return self.run.remaining_s

    @property
    def error(self) -> str:
        """Why it failed."""
        return self.run.error

    @property
    def verdict(self) -> str:
        """The verdict, or empty."""
        return self.run.verdict

    @cached_property
    def document(self) -> "RunDocument | None":
        """The `nexus.run/1` document, if there is one."""
        return self.run.result

    @property
    def lasted_s(self) -> float | None:
        """The duration in seconds, including preparation, once it has ended."""
        if self.run.started_at is None or self.run.ended_at is None:
            return None
        return (self.run.ended_at - self.run.started_at).total_seconds()

    @property
    def age(self) -> str:
        """How long ago it ended, in words."""
        return str(naturaltime(self.run.ended_at or self.run.requested_at))

    @property
    def machine(self) -> str:
        """The machine in one line."""
        return self.run.machine

    @property
    def url(self) -> str:
        """The URL of the run's page."""
        return reverse("runs:detail", args=[self.run.pk])

    @property
    def samples_url(self) -> str:
        """The URL of the raw samples as CSV."""
        return reverse("runs:samples", args=[self.run.pk])

    @property
    def json_url(self) -> str:
        """The URL of the complete result."""
        return reverse("runs:document", args=[self.run.pk])

    @property
    def command(self) -> str:
        """The command that repeats this run."""
        form = " --quick" if self.run.form == RunForm.QUICK else ""
        return f"nexus run {self.run.lab}{form} --seed {self.run.seed}"

    @cached_property
    def position_in_queue(self) -> int:
        """How many runs are ahead of this one."""
        return lab_queries.count_queued_before(self.run)


@dataclass(frozen=True, kw_only=True)
class ClaimView:
    """A claim and its status here. `state` is a verdict, "reported" or "not run"."""

    id: str
    sentence: str
    lab_slug: str
    lab_url: str
    state: str
    expectation: dict[str, Any] | None
    run: RunView | None

    @property
    def states(self) -> tuple[str, ...]:
        """The claim's state, and "stale" if its verdict is stale."""
        return (self.state, "stale") if self.run and self.run.stale else (self.state,)


@dataclass(frozen=True, kw_only=True)
class LabView:
    """A lab with its claims and its latest run."""

    slug: str
    title: str
    url: str
    page_url: str
    page_title: str
    summary: str
    design: str
    source: SourceLink
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


class PageData:
    """The labs and claims with their status, read once for one page.

    A page of any size takes the same number of queries.
    """

    def __init__(self, viewer: "Actor") -> None:
        self.viewer = viewer
        self.standings = Standings()

    @cached_property
    def may_run(self) -> bool:
        """Whether the viewer may start runs."""
        return may_run(self.viewer)

    @cached_property
    def registered(self) -> dict[str, "RegisteredLab"]:
        """Every lab by slug."""
        return self.standings.labs

    @cached_property
    def claims(self) -> dict[str, "Claim"]:
        """Every claim by id."""
        return {name: standing.claim for name, standing in self.standings.claims.items()}

    @cached_property
    def pages(self) -> dict[str, "Page"]:
        """Every page by `kind/slug`, without bodies."""
        return self.standings.pages

    def claim(self, claim_id: str) -> ClaimView:
        """Return a claim; if the library does not have it, its sentence is its id."""
        standing = self.standings.claims.get(claim_id)
        lab = standing.lab if standing else None
        return ClaimView(
            id=claim_id,
            sentence=standing.claim.sentence if standing else claim_id,
            lab_slug=lab.slug if lab else "",
            lab_url=reverse("labs:detail", args=[lab.slug]) if lab else "",
            state=(standing.state if standing else REPORTED).replace("_", " "),
            expectation=standing.expectation if standing else None,
            run=self.run(standing.run) if standing and standing.run else None,
        )

    def lab(self, registered: "RegisteredLab") -> LabView:
        """Return a lab."""
        standing = self.standings.lab(registered.slug)
        lab, page, latest = standing.lab, standing.page, standing.latest_run
        return LabView(
            slug=registered.slug,
            title=lab.title,
            url=reverse("labs:detail", args=[registered.slug]),
            page_url=page_url(page.key) if page else "",
            page_title=page.title if page else "",
            summary=page.summary if page else "",
            design=lab.design,
            source=SourceLink.to(registered.path),
            needs=lab.needs,
            variants=tuple(
                {"name": variant.name, "label": variant.label, "baseline": variant.baseline}
                for variant in standing.variants
            ),
            claims=tuple(self.claim(claim_id) for claim_id in standing.claims),
            latest=self.run(latest) if latest else None,
            may_run=self.may_run,
            why_not="" if self.may_run else RunNotAllowedError.default_message(),
            plan_s=lab.plan("full").at_most_s,
            plan_quick_s=lab.plan("quick").at_most_s,
        )

    def labs(self) -> list[LabView]:
        """Return every lab."""
        return [self.lab(registered) for registered in self.registered.values()]

    def run(self, run: "Run") -> RunView:
        """Return a run."""
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
            stale=why_stale(
                run, registered, self.pages.get(registered.page_key) if registered else None
            ),
        )

    def runs(self, lab: str) -> list[RunView]:
        """Return the newest runs of a lab, without their documents."""
        return [self.run(run) for run in lab_queries.list_runs(lab)]

    def blocks(self, page: "Page") -> list[dict[str, Any]]:
        """Return a page's blocks, with the data of its claims and labs."""
        return [self._block(page, block) for block in page.blocks]

    def _block(self, page: "Page", block: dict[str, Any]) -> dict[str, Any]:
        if block["kind"] == "claim":
            return {"kind": "claim", "claim": self.claim(block["id"])}
        if block["kind"] == "lab":
            lab = next(lab for lab in self.registered.values() if lab.page_key == page.key)
            return {"kind": "lab", "lab": self.lab(lab)}
        if block["kind"] == "code":
            panes = [
                {**pane, "url": source_url(pane["path"], pane["anchor"])} for pane in block["panes"]
            ]
            return {**block, "panes": panes}
        return block
