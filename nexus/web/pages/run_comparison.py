"""The page that compares two runs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nexus.apps.labs import queries
from nexus.apps.labs.errors import RunNotFoundError
from nexus.apps.labs.states import RunStatus
from nexus.engines.experiment.report import figures
from nexus.engines.experiment.report.evidence import environment_groups
from nexus.engines.experiment.report.wording import NO_FIGURE
from nexus.web.pages.page_data import PageData, RunView

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome

__all__ = ["CasePair", "Finding", "Pair", "RunComparison", "compare", "runs_to_compare"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one run."""

    verdict: str
    measured: str
    interval: str


@dataclass(frozen=True, kw_only=True)
class CasePair:
    """A case of a claim, as decided by both runs; `compared` says how the values relate."""

    case: str
    findings: tuple[Finding, Finding]
    compared: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A setting or a part of the environment, in both runs."""

    name: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Whether the two values differ."""
        return self.first != self.second


class RunComparison:
    """Two runs with a verdict."""

    def __init__(self, first: "RunView", second: "RunView") -> None:
        self.first, self.second = first, second

    @property
    def claims(self) -> list[tuple[str, list[CasePair]]]:
        """The claims that both runs decided, each with the cases they share."""
        others = {outcome.claim: outcome for outcome in _outcomes(self.second)}
        pairs = [
            (self._sentence(outcome.claim), _cases(outcome, others[outcome.claim]))
            for outcome in _outcomes(self.first)
            if outcome.claim in others
        ]
        return [(claim, cases) for claim, cases in pairs if cases]

    @property
    def circumstances(self) -> list[tuple[str, list[Pair]]]:
        """The settings of both runs, and their environments part by part."""
        first, second = _environment(self.first), _environment(self.second)
        parts = [
            (
                part,
                [
                    Pair(
                        name=name,
                        first=first.get(part, {}).get(name, NO_FIGURE),
                        second=second.get(part, {}).get(name, NO_FIGURE),
                    )
                    for name in sorted({*first.get(part, {}), *second.get(part, {})})
                ],
            )
            for part in {**first, **second}
        ]
        return [("Settings", self._settings()), *parts]

    @property
    def differences(self) -> int:
        """How many settings and parts of the environment differ."""
        return sum(pair.differs for _, pairs in self.circumstances for pair in pairs)

    def _settings(self) -> list[Pair]:
        first, second = _settings(self.first), _settings(self.second)
        return [Pair(name=name, first=first[name], second=second[name]) for name in first]

    def _sentence(self, claim: str) -> str:
        row = self.first.claims.get(claim)
        return row.sentence if row else claim


def _outcomes(run: "RunView") -> "tuple[Outcome, ...]":
    return run.document.expectations if run.document else ()


def _cases(outcome: "Outcome", other: "Outcome") -> list[CasePair]:
    others = {figures.case_name(case): case for case in figures.cases_of(other)}
    return [
        CasePair(
            case=name,
            findings=(_finding(outcome, case), _finding(other, others[name])),
            compared=figures.compared(case, others[name]),
        )
        for case in figures.cases_of(outcome)
        if (name := figures.case_name(case)) in others
    ]


def _finding(outcome: "Outcome", case: "CaseOutcome") -> Finding:
    return Finding(
        verdict=str(case.verdict),
        measured=figures.measured(outcome, case),
        interval=figures.interval_of(outcome, case),
    )


def _environment(run: "RunView") -> dict[str, dict[str, str]]:
    environment = dict(run.document.environment) if run.document else {}
    # CPU steal is a measurement; it does not describe the machine.
    environment.pop("steal", None)
    return {part: dict(entries) for part, entries in environment_groups(environment)}


def _settings(run: "RunView") -> dict[str, str]:
    return {"lab": run.lab.title, "form": run.form, "seed": str(run.seed)}


@never_cache
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show two runs side by side."""
    data = PageData(request.user)
    first, second = (_chosen(data, request.GET.get(name, "")) for name in ("first", "second"))
    context = {"section": "labs", "pair": RunComparison(first, second)}
    return render(request, "runs/compare.html", context)


def runs_to_compare(data: PageData, lab: str, *, shown: RunView | None = None) -> dict[str, Any]:
    """Return the newest runs of a lab, and the two suggested for comparison.

    These are the newest two with a verdict; on the page of a run, that run and the newest other.
    """
    runs = data.runs(lab)
    ended = [run for run in runs if run.status == RunStatus.DONE]
    second = shown if shown and shown.status == RunStatus.DONE else next(iter(ended), None)
    first = next((run for run in ended if second and run.id != second.id), None)
    return {"runs": runs, "first": first, "second": second}


def _chosen(data: PageData, run_id: str) -> RunView:
    """Return a run with a verdict. Raises `RunNotFoundError` for any other."""
    try:
        run = queries.get_run(UUID(run_id))
    except ValueError:
        raise RunNotFoundError(
            "Choose two runs to compare. The page of a lab lists its runs."
        ) from None
    if run.status != RunStatus.DONE:
        raise RunNotFoundError(
            f"Run {str(run.pk)[:8]} has no verdict and cannot be compared. Choose another run."
        )
    return data.run(run)
