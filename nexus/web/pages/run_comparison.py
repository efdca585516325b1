"""The page that compares two runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nexus.apps.labs import queries
from nexus.apps.labs.errors import RunNotFoundError
from nexus.apps.labs.states import RunStatus
from nexus.engines.experiment.report import figures
from nexus.engines.experiment.report.plots.wording import NO_FIGURE
from nexus.web.pages.page_data import PageData
from nexus.web.pages.run_evidence import environment_groups
from nexus.web.run_view import RunView

__all__ = ["CasePair", "Finding", "Pair", "RunComparison", "compare", "runs_to_compare"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one of the runs found."""

    verdict: str
    found: str
    interval: str


@dataclass(frozen=True, kw_only=True)
class CasePair:
    """A case of a claim, as both runs decided it; `spread` says how the findings lie."""

    case: str
    findings: tuple[Finding, Finding]
    spread: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A circumstance of both runs."""

    name: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Whether it is not the same in both."""
        return self.first != self.second


class RunComparison:
    """Two runs that have ended with a verdict."""

    def __init__(self, first: RunView, second: RunView) -> None:
        self.first, self.second = first, second

    @property
    def claims(self) -> list[tuple[str, list[CasePair]]]:
        """The claims that both runs have, each with the cases that both have."""
        others = {item["claim"]: item for item in self.second.document.get("expectations", ())}
        pairs = [
            (self._sentence(item["claim"]), _cases(item, others[item["claim"]]))
            for item in self.first.document.get("expectations", ())
            if item["claim"] in others
        ]
        return [(claim, cases) for claim, cases in pairs if cases]

    @property
    def circumstances(self) -> list[tuple[str, list[Pair]]]:
        """How both runs were made, and the environments part by part."""
        one, other = _environment(self.first), _environment(self.second)
        parts = [
            (
                part,
                [
                    Pair(
                        name=name,
                        first=one.get(part, {}).get(name, NO_FIGURE),
                        second=other.get(part, {}).get(name, NO_FIGURE),
                    )
                    for name in sorted({*one.get(part, {}), *other.get(part, {})})
                ],
            )
            for part in {**one, **other}
        ]
        return [("How they were made", self._made()), *parts]

    @property
    def differences(self) -> int:
        """How many circumstances differ."""
        return sum(pair.differs for _, pairs in self.circumstances for pair in pairs)

    def _made(self) -> list[Pair]:
        one, other = _made(self.first), _made(self.second)
        return [Pair(name=name, first=one[name], second=other[name]) for name in one]

    def _sentence(self, claim: str) -> str:
        row = self.first.claims.get(claim)
        return row.sentence if row else claim


def _cases(item: Mapping[str, Any], other: Mapping[str, Any]) -> list[CasePair]:
    others = dict(figures.cases_of(other))
    return [
        CasePair(
            case=name,
            findings=(_finding(item, case), _finding(other, others[name])),
            spread=figures.spread(case, others[name]),
        )
        for name, case in figures.cases_of(item)
        if name in others
    ]


def _finding(item: Mapping[str, Any], case: Mapping[str, Any]) -> Finding:
    return Finding(
        verdict=str(case.get("verdict") or item.get("verdict")),
        found=figures.found(item, case),
        interval=figures.interval_of(item, case),
    )


def _environment(run: RunView) -> dict[str, dict[str, str]]:
    environment = run.document.get("environment") or {}
    # What the hypervisor took is measured; it says nothing of what the machine is.
    kept = {name: value for name, value in environment.items() if name != "steal"}
    return {part: dict(entries) for part, entries in environment_groups(kept)}


def _made(run: RunView) -> dict[str, str]:
    return {"lab": run.lab.title, "form": run.form, "seed": str(run.seed)}


@never_cache
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show two runs next to one another."""
    data = PageData(request.user)
    first, second = (_chosen(data, request.GET.get(name, "")) for name in ("first", "second"))
    context = {"section": "labs", "pair": RunComparison(first, second)}
    return render(request, "runs/compare.html", context)


def runs_to_compare(data: PageData, lab: str, *, shown: RunView | None = None) -> dict[str, Any]:
    """Return the newest runs of a lab, and the two that are offered for comparison.

    These are the newest two with a verdict; on the page of a run, that run and the newest other.
    """
    runs = data.runs(lab)
    ended = [run for run in runs if run.status == RunStatus.DONE]
    second = shown if shown and shown.status == RunStatus.DONE else next(iter(ended), None)
    first = next((run for run in ended if second and run.id != second.id), None)
    return {"runs": runs, "first": first, "second": second}


def _chosen(data: PageData, run_id: str) -> RunView:
    """Return a run that has a verdict. Raises `RunNotFoundError` for any other."""
    try:
        run = queries.get_run(UUID(run_id))
    except ValueError:
        raise RunNotFoundError(
            "Choose two runs to compare: the page of each lab lists its runs."
        ) from None
    if run.status != RunStatus.DONE:
        raise RunNotFoundError(
            f"Run {str(run.pk)[:8]} has no verdict, so there is nothing to compare. "
            "Choose one that has."
        )
    return data.run(run)
