"""From the pairs of one comparison to a verdict, its sentence and its reason."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import CaseOutcome, Control, Outcome
from nexus.engines.experiment.document.verdicts import Verdict, overall, settled
from nexus.engines.experiment.model.expectation import SMALLEST_EFFECT, AtLeast
from nexus.engines.experiment.report import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nexus.engines.experiment.model.expectation import Rated
    from nexus.engines.experiment.model.lab import Case, Lab
    from nexus.engines.experiment.statistics.series import Estimate

__all__ = ["VOID", "Circumstances", "control_of", "judge_rated", "why_void"]

BAND = math.log(SMALLEST_EFFECT)

VOID = (
    "The control, the baseline against itself, differs ({}): something other than the code decides "
    "here, so no timing of this run counts. Run it again."
)

RANK = {Verdict.REFUTED: 0, Verdict.INCONCLUSIVE: 1, Verdict.SUPPORTED: 2}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else decides whether a measurement may be believed.

    `void` says why nothing that was timed counts, or nothing; `spent` what the run gave before it
    stopped, such as "8 s"; `busy` is the CPU pressure where it was too high, else None.
    """

    void: str
    spent: str
    busy: float | None

    @property
    def advice(self) -> str:
        """What to do where the machine was busy, as a sentence to append; else nothing."""
        if self.busy is None:
            return ""
        return (
            f" The machine was busy (CPU pressure {wording.percent(self.busy)}): close other "
            "programs and run again."
        )


def why_void(control: "Estimate", measure: str) -> str:
    """Return why a control that shows a difference voids the run; nothing when it shows none."""
    if not control.differs:
        return ""
    return VOID.format(wording.ends(control.interval, measure))


def control_of(estimate: "Estimate") -> Control | None:
    """Return the control for the document, or None where nothing was timed."""
    if not estimate.pairs:
        return None
    interval = _exp(estimate.interval) if estimate.bounded else None
    return Control(math.exp(estimate.value), interval, estimate.pairs)


def judge_rated(
    claim: "Rated",
    lab: "Lab",
    estimates: "Mapping[int, Estimate]",
    around: Circumstances,
) -> Outcome:
    """Judge a claim about a ratio from the estimate of each of its cases, by the case's number."""
    cases = lab.case_list
    judged = {
        number: _judge_case(claim, cases[number], estimate, around)
        for number, estimate in estimates.items()
    }
    worst = min(judged, key=lambda number: _margin(claim, judged[number], estimates[number]))
    estimate, case = estimates[worst], judged[worst]
    over = claim.opponent(lab)
    where = f",{wording.at_case(cases[worst])}" if len(judged) > 1 else ""
    return Outcome(
        claim=claim.claim,
        kind=_kind(claim),
        verdict=overall(outcome.verdict for outcome in judged.values()),
        declared=claim.declared,
        variant=claim.variant,
        against=over,
        measure=claim.measure,
        value=case.value,
        interval=case.interval,
        bar=bar_of(claim),
        unit=wording.TIMES,
        sentence=_sentence(claim, estimate, lab.variants[over].label) + where,
        reason=case.reason,
        cases=tuple(judged.values()),
    )


def bar_of(claim: "Rated") -> float:
    """Return the ratio that the claim names; for equality the upper end of its band."""
    if isinstance(claim, AtLeast):
        return claim.ratio
    return 1 + getattr(claim, "within", SMALLEST_EFFECT - 1)


def _kind(claim: "Rated") -> str:
    return claim.measure if isinstance(claim, AtLeast) else "equal"


def _judge_case(
    claim: "Rated", case: "Case", estimate: "Estimate", around: Circumstances
) -> CaseOutcome:
    verdict, reason = _verdict(claim, estimate, around)
    return CaseOutcome(
        case=case,
        verdict=verdict,
        value=math.exp(estimate.value) if estimate.pairs else None,
        interval=_exp(estimate.interval) if estimate.bounded else None,
        details={
            "pairs": estimate.pairs,
            "rounds": estimate.rounds,
            "outliers": round(estimate.outliers, 4),
        },
        reason=reason,
    )


def _verdict(claim: "Rated", estimate: "Estimate", around: Circumstances) -> tuple[Verdict, str]:
    if around.void:
        return Verdict.INCONCLUSIVE, around.void
    verdict = settled(claim, estimate.interval)
    if verdict is None:
        return Verdict.INCONCLUSIVE, _why_open(claim, estimate, around)
    low, high = estimate.interval
    if verdict is Verdict.REFUTED and isinstance(claim, AtLeast) and -BAND <= low <= high <= BAND:
        return verdict, "Practically equal: the difference lies within 5 %."
    return verdict, ""


def _why_open(claim: "Rated", estimate: "Estimate", around: Circumstances) -> str:
    if not estimate.bounded:
        return (
            f"{estimate.pairs} pairs in {estimate.rounds} rounds are too few for a verdict, and "
            f"{around.spent} gave no more."
        )
    if settled(claim, estimate.by_pairs):
        pairs = wording.ends(estimate.by_pairs, claim.measure)
        rounds = wording.ends(estimate.by_rounds, claim.measure)
        reason = f"The pairs say {pairs}, but the rounds differ among themselves: {rounds}."
    else:
        bar = wording.times(bar_of(claim))[0]
        word = "the bar" if isinstance(claim, AtLeast) else "the edge of equality"
        reason = (
            f"After {around.spent} and {wording.number(estimate.pairs)} pairs {word}, {bar}, is "
            f"still within reach: {wording.ends(estimate.interval, claim.measure)}."
        )
    return reason + around.advice


def _margin(claim: "Rated", outcome: CaseOutcome, estimate: "Estimate") -> tuple[int, float]:
    """Order cases from the worst to the best: by verdict, then by how clearly they hold."""
    low, high = estimate.interval
    clearness = low if isinstance(claim, AtLeast) else -max(abs(low), abs(high))
    return RANK[outcome.verdict], clearness


def _sentence(claim: "Rated", estimate: "Estimate", over: str) -> str:
    if not estimate.bounded:
        return "too few pairs to say"
    if isinstance(claim, AtLeast) or abs(estimate.value) > wording.BIG_DIFFERENCE:
        return wording.rate(estimate.value, estimate.interval, claim.measure, over)
    middle = wording.difference(estimate.value, claim.measure)
    return f"{middle}, {wording.ends(estimate.interval, claim.measure)}"


def _exp(interval: tuple[float, float]) -> tuple[float, float]:
    return math.exp(interval[0]), math.exp(interval[1])
