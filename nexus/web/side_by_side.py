"""Two runs compared."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.engines.experiment.report import figures
from nexus.engines.experiment.report.evidence import environment_groups
from nexus.engines.experiment.report.wording import NO_FIGURE

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
    from nexus.web.presenters import RunView

__all__ = ["CasePair", "Finding", "Pair", "SideBySide"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one of the runs measured."""

    verdict: str
    measured: str
    interval: str


@dataclass(frozen=True, kw_only=True)
class CasePair:
    """A case of a claim, as both runs decided it; `compared` says how the values relate."""

    case: str
    findings: tuple[Finding, Finding]
    compared: str


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


class SideBySide:
    """Two runs that have ended with a verdict."""

    def __init__(self, first: "RunView", second: "RunView") -> None:
        self.first, self.second = first, second

    @property
    def claims(self) -> list[tuple[str, list[CasePair]]]:
        """The claims that both runs have, each with the cases that both have."""
        others = {outcome.claim: outcome for outcome in _outcomes(self.second)}
        pairs = [
            (self._sentence(outcome.claim), _cases(outcome, others[outcome.claim]))
            for outcome in _outcomes(self.first)
            if outcome.claim in others
        ]
        return [(claim, cases) for claim, cases in pairs if cases]

    @property
    def circumstances(self) -> list[tuple[str, list[Pair]]]:
        """How both runs were made, and the environments part by part."""
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
        return [("How they were made", self._settings()), *parts]

    @property
    def differences(self) -> int:
        """How many circumstances differ."""
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
    # What the hypervisor took is measured; it does not describe the machine.
    environment.pop("steal", None)
    return {part: dict(entries) for part, entries in environment_groups(environment)}


def _settings(run: "RunView") -> dict[str, str]:
    return {"lab": run.lab.title, "form": run.form, "seed": str(run.seed)}
