"""From the pairs of one comparison to a verdict, its sentence and its reason."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
from nexus.engines.experiment.document.verdicts import Verdict, overall
from nexus.engines.experiment.model.expectation import SMALLEST_EFFECT, AtLeast
from nexus.engines.experiment.report import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nexus.engines.experiment.document.run_document import Interval
    from nexus.engines.experiment.model.expectation import RatioExpectation
    from nexus.engines.experiment.model.lab import Lab
    from nexus.engines.experiment.statistics.series import Estimate

__all__ = ["Circumstances", "judge_ratio"]

BAND = math.log(SMALLEST_EFFECT)

RANK = {Verdict.REFUTED: 0, Verdict.INCONCLUSIVE: 1, Verdict.SUPPORTED: 2}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else decides whether a measurement may be believed.

    `void` says why nothing that was timed counts, or nothing; `spent` what the run used before it
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


def judge_ratio(
    claim: "RatioExpectation",
    lab: "Lab",
    estimates: "Mapping[int, Estimate]",
    circumstances: Circumstances,
) -> Outcome:
    """Judge a claim about a ratio from the estimate of each of its cases, by the case's number."""
    cases = lab.case_list
    verdicts = {
        number: _verdict(claim, estimate, circumstances) for number, estimate in estimates.items()
    }
    outcomes = {
        number: CaseOutcome(
            case=cases[number],
            verdict=verdicts[number][0],
            value=math.exp(estimate.value) if estimate.pairs else None,
            interval=_exp(estimate.interval) if estimate.bounded else None,
            pairs=estimate.pairs,
            rounds=estimate.rounds,
            outliers=round(estimate.outliers, 4),
        )
        for number, estimate in estimates.items()
    }
    worst = min(
        estimates, key=lambda number: _margin(claim, verdicts[number][0], estimates[number])
    )
    over = claim.opponent(lab)
    where = f",{wording.at_case(cases[worst])}" if len(outcomes) > 1 else ""
    return Outcome(
        claim=claim.claim,
        kind=claim.kind,
        verdict=overall(verdict for verdict, _ in verdicts.values()),
        declared=claim.declared,
        variant=claim.variant,
        against=over,
        measure=claim.measure,
        value=outcomes[worst].value,
        interval=outcomes[worst].interval,
        bar=claim.bar,
        unit=wording.TIMES,
        sentence=_sentence(claim, estimates[worst], lab.variants[over].label) + where,
        reason=verdicts[worst][1],
        cases=tuple(outcomes.values()),
    )


def _verdict(
    claim: "RatioExpectation", estimate: "Estimate", circumstances: Circumstances
) -> tuple[Verdict, str]:
    """Return the verdict in one case, and its reason where it needs one."""
    if circumstances.void:
        return Verdict.INCONCLUSIVE, circumstances.void
    verdict = claim.decide(estimate.interval)
    if verdict is None:
        return Verdict.INCONCLUSIVE, _why_open(claim, estimate, circumstances)
    low, high = estimate.interval
    if verdict is Verdict.REFUTED and isinstance(claim, AtLeast) and -BAND <= low <= high <= BAND:
        return verdict, "Practically equal: the difference lies within 5 %."
    return verdict, ""


def _why_open(claim: "RatioExpectation", estimate: "Estimate", circumstances: Circumstances) -> str:
    if not estimate.bounded:
        return (
            f"{estimate.pairs} pairs in {estimate.rounds} rounds are too few for a verdict, and "
            f"{circumstances.spent} allowed no more."
        )
    if claim.decide(estimate.by_pairs):
        pairs = wording.ends(estimate.by_pairs, claim.measure)
        rounds = wording.ends(estimate.by_rounds, claim.measure)
        reason = f"The pairs say {pairs}, but the rounds differ among themselves: {rounds}."
    else:
        word = "the bar" if isinstance(claim, AtLeast) else "the edge of equality"
        reason = (
            f"After {circumstances.spent} and {wording.number(estimate.pairs)} pairs {word}, "
            f"{wording.bar(claim.bar)}, is still within reach: "
            f"{wording.ends(estimate.interval, claim.measure)}."
        )
    return reason + circumstances.advice


def _margin(claim: "RatioExpectation", verdict: Verdict, estimate: "Estimate") -> tuple[int, float]:
    """Return a key that sorts cases from the worst to the best.

    The verdict decides first, then how clearly the claim holds.
    """
    low, high = estimate.interval
    clearness = low if isinstance(claim, AtLeast) else -max(abs(low), abs(high))
    return RANK[verdict], clearness


def _sentence(claim: "RatioExpectation", estimate: "Estimate", over: str) -> str:
    if not estimate.bounded:
        return "too few pairs to say"
    if isinstance(claim, AtLeast) or abs(estimate.value) > wording.BIG_DIFFERENCE:
        return wording.rate(estimate.value, estimate.interval, claim.measure, over)
    middle = wording.difference(estimate.value, claim.measure)
    return f"{middle}, {wording.ends(estimate.interval, claim.measure)}"


def _exp(interval: "Interval") -> "Interval":
    return math.exp(interval[0]), math.exp(interval[1])
