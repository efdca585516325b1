"""The verdicts of a comparison."""

from dataclasses import replace
from typing import TYPE_CHECKING

from nexus.engines.experiment.comparison.expectations import Constant, Counted
from nexus.engines.experiment.comparison.summary import summarise
from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
from nexus.engines.experiment.document.samples import SampleTable
from nexus.engines.experiment.document.verdicts import Verdict, overall
from nexus.engines.experiment.measuring.units import UnitSample
from nexus.engines.experiment.model.expectation import AtLeast, RatioExpectation
from nexus.engines.experiment.model.lab import Findings
from nexus.engines.experiment.report import wording
from nexus.engines.experiment.statistics.noise import control_of, noise_floor, why_void
from nexus.engines.experiment.statistics.ratios import Circumstances, judge_ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nexus.engines.experiment.comparison.design import Comparison, TimedPair
    from nexus.engines.experiment.comparison.streams import ComparisonRecord
    from nexus.engines.experiment.document.run_document import Case
    from nexus.engines.experiment.measuring.counting import Counts
    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.model.expectation import Expectation
    from nexus.engines.experiment.statistics.series import Estimate

__all__ = ["findings", "judge_claim"]


def findings(lab: "Comparison", session: "Session", record: "ComparisonRecord") -> Findings:
    """Return what a comparison that was measured contributes to the result."""
    control = record.control.estimate()
    if record.cut_short:
        spent = f"the lab's limit of {session.budget.limit_s:.0f} s"
    else:
        spent = f"{session.budget.time_s * (2 if record.extended else 1):.0f} s"
    circumstances = Circumstances(why_void(control, "time"), spent, session.busy_pressure)
    estimates = {
        (stream.variant, stream.over, stream.case): stream.series.estimate()
        for stream in record.streams
    }
    return Findings(
        expectations=tuple(
            judge_claim(expectation, lab, record.counts, estimates, circumstances)
            for expectation in lab.expectations
        ),
        variants=summarise(lab, record.counts, record.samples),
        control=control_of(control),
        noise_floor=noise_floor(control),
        samples=SampleTable(UnitSample._fields, record.samples),
        extended=record.extended,
    )


def judge_claim(
    expectation: "Expectation",
    lab: "Comparison",
    counts: "Counts",
    estimates: "Mapping[TimedPair, Estimate]",
    circumstances: Circumstances,
) -> Outcome:
    """Judge a claim about exact counts or about a ratio; `estimates` by what was timed."""
    match expectation:
        case Counted():
            return _judge_counted(expectation, lab, counts)
        case Constant():
            return _judge_constant(expectation, lab, counts)
        case RatioExpectation(measure="time"):
            by_case = {pair[2]: estimates[pair] for pair in lab.timed_by(expectation)}
            return judge_ratio(expectation, lab, by_case, circumstances)
        case RatioExpectation():
            return _judge_count_ratio(expectation, lab, counts)
        case _:
            raise TypeError(f"{type(expectation).__name__} is decided by no comparison.")


def _values(counts: "Counts", variant: str, measure: str, numbers: "Sequence[int]") -> list[int]:
    return [counts[variant, number][1][measure] for number in numbers]


def _unsteady(lab: "Comparison", counts: "Counts", variants: "Sequence[str]", measure: str) -> str:
    """Return why a count is not exact, or nothing when two calls in a row counted the same."""
    for number, case in enumerate(lab.case_list):
        for variant in variants:
            first, second = (reading[measure] for reading in counts[variant, number])
            if first != second:
                return (
                    f"Two calls of {lab.variants[variant].label} in a row counted "
                    f"{wording.number(first)} and {wording.number(second)}"
                    f"{wording.at_case(case)}; make it do the same work each time."
                )
    return ""


def _judge_counted(claim: Counted, lab: "Comparison", counts: "Counts") -> Outcome:
    cases = lab.case_list
    values = _values(counts, claim.variant, claim.measure, range(len(cases)))
    predictions = [claim.prediction(case) for case in cases]
    outcomes = tuple(
        replace(_exact_outcome(case, value, holds=value == prediction), predicted=prediction)
        for case, value, prediction in zip(cases, values, predictions, strict=True)
    )
    unit = lab.units.get(claim.measure, claim.measure)
    distances = [
        abs(value - prediction) for value, prediction in zip(values, predictions, strict=True)
    ]
    worst = distances.index(max(distances)) if any(distances) else len(cases) - 1
    if any(distances):
        place = wording.at_case(cases[worst])
        sentence = (
            f"{wording.counted(values[worst], unit)}{place}; "
            f"{wording.number(predictions[worst])} predicted"
        )
    else:
        sentence = f"{wording.counts_words(cases, values, unit)}, as predicted"
    return _count_outcome(
        claim, lab, counts, outcomes, worst, sentence=sentence, bar=float(predictions[worst])
    )


def _judge_constant(claim: Constant, lab: "Comparison", counts: "Counts") -> Outcome:
    cases = lab.case_list
    values = _values(counts, claim.variant, claim.measure, range(len(cases)))
    outcomes = tuple(
        _exact_outcome(case, value, holds=value == values[0])
        for case, value in zip(cases, values, strict=True)
    )
    distances = [abs(value - values[0]) for value in values]
    worst = distances.index(max(distances)) if any(distances) else len(cases) - 1
    sentence = wording.counts_words(cases, values, lab.units.get(claim.measure, claim.measure))
    return _count_outcome(
        claim, lab, counts, outcomes, worst, sentence=sentence, bar=float(values[0])
    )


def _exact_outcome(case: "Case", value: float, *, holds: bool) -> CaseOutcome:
    verdict = Verdict.SUPPORTED if holds else Verdict.REFUTED
    return CaseOutcome(case=case, verdict=verdict, value=value, interval=None)


def _count_outcome(  # noqa: PLR0913 -- two kinds of claims share what follows from a count
    claim: Counted | Constant,
    lab: "Comparison",
    counts: "Counts",
    outcomes: tuple[CaseOutcome, ...],
    worst: int,
    *,
    sentence: str,
    bar: float,
) -> Outcome:
    reason = _unsteady(lab, counts, [claim.variant], claim.measure)
    verdict = overall(outcome.verdict for outcome in outcomes)
    return Outcome(
        claim=claim.claim,
        kind="count",
        verdict=Verdict.INCONCLUSIVE if reason else verdict,
        declared=claim.declared,
        variant=claim.variant,
        against=None,
        measure=claim.measure,
        value=outcomes[worst].value,
        interval=None,
        bar=bar,
        unit=lab.units.get(claim.measure, claim.measure),
        sentence=sentence,
        reason=reason,
        cases=outcomes,
    )


def _judge_count_ratio(claim: RatioExpectation, lab: "Comparison", counts: "Counts") -> Outcome:
    numbers, over = claim.case_numbers(lab), claim.opponent(lab)
    own = _values(counts, claim.variant, claim.measure, numbers)
    other = _values(counts, over, claim.measure, numbers)
    # A count of none is as far below any other as it can be; the ratio takes it as 1.
    ratios = [max(1, b) / max(1, a) for a, b in zip(own, other, strict=True)]
    outcomes = tuple(
        replace(
            _exact_outcome(lab.case_list[number], ratio, holds=claim.holds(ratio)),
            counted=a,
            against=b,
        )
        for number, ratio, a, b in zip(numbers, ratios, own, other, strict=True)
    )
    unit = lab.units.get(claim.measure, claim.measure)
    worst = ratios.index(min(ratios) if isinstance(claim, AtLeast) else max(ratios, key=_distance))
    place = wording.at_case(lab.case_list[numbers[worst]])
    reason = _unsteady(lab, counts, [claim.variant, over], claim.measure)
    verdict = overall(outcome.verdict for outcome in outcomes)
    return Outcome(
        claim=claim.claim,
        kind="count",
        verdict=Verdict.INCONCLUSIVE if reason else verdict,
        declared=claim.declared,
        variant=claim.variant,
        against=over,
        measure=claim.measure,
        value=ratios[worst],
        interval=None,
        bar=claim.bar,
        unit=wording.TIMES,
        sentence=(
            f"{wording.counted(own[worst], unit)} instead of {wording.number(other[worst])}{place}"
        ),
        reason=reason,
        cases=outcomes,
    )


def _distance(ratio: float) -> float:
    return max(ratio, 1 / ratio)
