"""The verdicts of a comparison."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
from nexus.engines.experiment.document.verdicts import Verdict, overall
from nexus.engines.experiment.model.expectation import AtLeast, Constant, Counted, Rated
from nexus.engines.experiment.report import wording
from nexus.engines.experiment.statistics.ratios import Circumstances, bar_of, judge_rated, why_void

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nexus.engines.experiment.comparison.design import Comparison
    from nexus.engines.experiment.comparison.streams import Compared, Counts
    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.model.expectation import Expectation
    from nexus.engines.experiment.statistics.series import Estimate

__all__ = ["judge_claim", "judge_comparison"]


def judge_comparison(
    lab: "Comparison", session: "Session", found: "Compared", control: "Estimate"
) -> tuple[Outcome, ...]:
    """Return the outcome of every expectation, in the lab's order."""
    estimates = {
        (stream.variant, stream.over, stream.case): stream.series.estimate()
        for stream in found.streams
    }
    if found.cut_short:
        spent = f"the lab's limit of {session.form.limit_s:.0f} s"
    else:
        spent = f"{session.form.budget_s * (2 if found.extended else 1):.0f} s"
    around = Circumstances(why_void(control, "time"), spent, session.too_busy)
    return tuple(
        judge_claim(expectation, lab, found.counts, estimates, around)
        for expectation in lab.expectations
    )


def judge_claim(
    expectation: "Expectation",
    lab: "Comparison",
    counts: "Counts",
    estimates: "Mapping[tuple[str, str, int], Estimate]",
    around: Circumstances,
) -> Outcome:
    """Judge a claim about exact counts or about a ratio; `estimates` by what was timed."""
    if isinstance(expectation, Counted):
        return _judge_counted(expectation, lab, counts)
    if isinstance(expectation, Constant):
        return _judge_constant(expectation, lab, counts)
    if isinstance(expectation, Rated):
        if expectation.measure == "time":
            wanted = {key[2]: estimates[key] for key in expectation.timed(lab)}
            return judge_rated(expectation, lab, wanted, around)
        return _judge_count_ratio(expectation, lab, counts)
    raise TypeError(f"{type(expectation).__name__} is decided by no comparison.")


def _counts(counts: "Counts", variant: str, measure: str, numbers: "Sequence[int]") -> list[int]:
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
    values = _counts(counts, claim.variant, claim.measure, range(len(cases)))
    predicted = [claim.prediction(case) for case in cases]
    outcomes = tuple(
        CaseOutcome(
            case,
            Verdict.SUPPORTED if value == foretold else Verdict.REFUTED,
            value,
            None,
            {"predicted": foretold},
        )
        for case, value, foretold in zip(cases, values, predicted, strict=True)
    )
    unit = lab.units.get(claim.measure, claim.measure)
    off = [abs(value - foretold) for value, foretold in zip(values, predicted, strict=True)]
    worst = off.index(max(off)) if any(off) else len(cases) - 1
    if any(off):
        place = wording.at_case(cases[worst])
        sentence = (
            f"{wording.counted(values[worst], unit)}{place}; "
            f"{wording.number(predicted[worst])} predicted"
        )
    else:
        sentence = f"{wording.counts_words(cases, values, unit)}, as predicted"
    return _counted_outcome(
        claim, lab, counts, outcomes, worst, sentence=sentence, bar=float(predicted[worst])
    )


def _judge_constant(claim: Constant, lab: "Comparison", counts: "Counts") -> Outcome:
    cases = lab.case_list
    values = _counts(counts, claim.variant, claim.measure, range(len(cases)))
    outcomes = tuple(
        CaseOutcome(case, Verdict.SUPPORTED if value == values[0] else Verdict.REFUTED, value, None)
        for case, value in zip(cases, values, strict=True)
    )
    off = [abs(value - values[0]) for value in values]
    worst = off.index(max(off)) if any(off) else len(cases) - 1
    sentence = wording.counts_words(cases, values, lab.units.get(claim.measure, claim.measure))
    return _counted_outcome(
        claim, lab, counts, outcomes, worst, sentence=sentence, bar=float(values[0])
    )


def _counted_outcome(  # noqa: PLR0913 - two kinds of claims share what follows from a count
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


def _judge_count_ratio(claim: Rated, lab: "Comparison", counts: "Counts") -> Outcome:
    numbers, over = claim.case_numbers(lab), claim.opponent(lab)
    own = _counts(counts, claim.variant, claim.measure, numbers)
    other = _counts(counts, over, claim.measure, numbers)
    # A count of none is as far below any other as it can be; 1 stands for it in the ratio.
    ratios = [max(1, b) / max(1, a) for a, b in zip(own, other, strict=True)]
    outcomes = tuple(
        CaseOutcome(
            lab.case_list[number],
            Verdict.SUPPORTED if _holds(claim, ratio) else Verdict.REFUTED,
            ratio,
            None,
            {"counted": a, "against": b},
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
        bar=bar_of(claim),
        unit=wording.TIMES,
        sentence=(
            f"{wording.counted(own[worst], unit)} instead of {wording.number(other[worst])}{place}"
        ),
        reason=reason,
        cases=outcomes,
    )


def _holds(claim: Rated, ratio: float) -> bool:
    bar = bar_of(claim)
    return ratio >= bar if isinstance(claim, AtLeast) else 1 / bar <= ratio <= bar


def _distance(ratio: float) -> float:
    return max(ratio, 1 / ratio)
