"""The verdicts of a lab of growth."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.comparison.judge import judge_claim
from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
from nexus.engines.experiment.document.verdicts import Verdict, settled
from nexus.engines.experiment.model.expectation import Exponent
from nexus.engines.experiment.report import wording
from nexus.engines.experiment.statistics.ratios import VOID, Circumstances, why_void

if TYPE_CHECKING:
    from nexus.engines.experiment.comparison.design import Growth
    from nexus.engines.experiment.growth.schedule import Grown
    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.statistics.curves import Reading
    from nexus.engines.experiment.statistics.series import Estimate

__all__ = ["judge_growth"]


def judge_growth(lab: "Growth", session: "Session", found: "Grown") -> tuple[Outcome, ...]:
    """Return the outcome of every expectation, in the lab's order."""
    if found.cut_short:
        spent = f"the lab's limit of {session.form.limit_s:.0f} s"
    else:
        spent = f"{wording.number(found.passes)} passes"
    around = Circumstances(_why_void(found), spent, session.too_busy)
    readings = {variant: curve.read() for variant, curve in found.curves.items()}
    estimates = {key: series.estimate() for key, series in found.ratios.items()}
    return tuple(
        _judge_exponent(claim, lab, readings[claim.variant], around)
        if isinstance(claim, Exponent)
        else judge_claim(claim, lab, found.counts, estimates, around)
        for claim in lab.expectations
    )


def _why_void(found: "Grown") -> str:
    apart = found.control_curve.read()
    if apart.differs:
        span = apart.last_decade if apart.last_decade.differs else apart.all_sizes
        return VOID.format(f"exponents apart by {_between(span)}")
    return why_void(found.control.estimate(), "time")


def _judge_exponent(
    claim: Exponent, lab: "Growth", reading: "Reading", around: Circumstances
) -> Outcome:
    verdict, reason = _verdict(claim, lab, reading, around)
    late = reading.last_decade
    return Outcome(
        claim=claim.claim,
        kind="growth",
        verdict=verdict,
        declared=claim.declared,
        variant=claim.variant,
        against=None,
        measure="time",
        value=late.value if late.pairs else None,
        interval=late.interval if late.bounded else None,
        bar=claim.bar,
        unit="exponent",
        sentence=_sentence(lab, reading),
        reason=reason,
        cases=_cases(claim, lab, reading, verdict),
    )


def _cases(
    claim: Exponent, lab: "Growth", reading: "Reading", verdict: Verdict
) -> tuple[CaseOutcome, ...]:
    """Return the last decade, all sizes and the steps, each with its exponent."""
    last = len(lab.sizes) - 1
    spans = {
        (lab.last_decade, last): ("last decade", reading.last_decade),
        (0, last): ("all sizes", reading.all_sizes),
        **{span: ("step", estimate) for span, estimate in reading.steps.items()},
    }
    return tuple(
        CaseOutcome(
            case={lab.size: _range(lab, *span)},
            verdict=verdict
            if name == "last decade"
            else settled(claim, estimate.interval) or Verdict.INCONCLUSIVE,
            value=estimate.value if estimate.pairs else None,
            interval=estimate.interval if estimate.bounded else None,
            details={
                "span": name,
                "asks": "at least" if claim.at_most is None else "at most",
                "passes": estimate.pairs,
                "rounds": estimate.rounds,
            },
        )
        for span, (name, estimate) in spans.items()
    )


def _verdict(
    claim: Exponent, lab: "Growth", reading: "Reading", around: Circumstances
) -> tuple[Verdict, str]:
    if around.void:
        return Verdict.INCONCLUSIVE, around.void
    verdict = reading.settles(claim)
    if verdict is not None:
        return verdict, ""
    return Verdict.INCONCLUSIVE, _why_open(claim, lab, reading, around) + around.advice


def _why_open(claim: Exponent, lab: "Growth", reading: "Reading", around: Circumstances) -> str:
    late = reading.last_decade
    if not late.bounded:
        return (
            f"{late.pairs} passes in {late.rounds} rounds are too few for a verdict, and "
            f"{around.spent} gave no more."
        )
    beyond = reading.steps_beyond(claim)
    bar = wording.exponent(claim.bar)
    if beyond:
        span, step = next(iter(beyond.items()))
        return (
            f"The time is no power of the {_name(lab)} here: {_from(lab, *span)} the exponent is "
            f"{wording.exponent(step.value)}, on the other side of {bar}. Measure more and larger "
            "sizes."
        )
    if reading.bends_to_bar(claim):
        whole = wording.exponent(reading.all_sizes.value)
        return (
            f"The exponent changes with the {_name(lab)}: it is {whole} over all sizes and moves "
            f"towards {bar}, so no verdict would hold beyond these sizes. Measure larger ones."
        )
    return (
        f"After {around.spent} the bar, an exponent of {bar}, is still within reach: "
        f"{_between(late)}."
    )


def _sentence(lab: "Growth", reading: "Reading") -> str:
    late, whole = reading.last_decade, reading.all_sizes
    if not late.bounded:
        return "too few passes to say"
    low, high = late.interval
    name, value = _name(lab), wording.exponent(late.value)
    grows = (
        f"no clear growth: like {name}^{value}"
        if low <= 0 <= high
        else f"grows like {name}^{value}"
        if low > 0
        else f"falls like {name}^{value}"
    )
    where = _from(lab, lab.last_decade, len(lab.sizes) - 1)
    return f"{grows}, {_between(late)}, {where}; {wording.exponent(whole.value)} over all sizes"


def _between(estimate: "Estimate") -> str:
    low, high = estimate.interval
    return f"between {wording.exponent(low)} and {wording.exponent(high)}"


def _from(lab: "Growth", first: int, last: int) -> str:
    return f"from {_range(lab, first, last)}"


def _range(lab: "Growth", first: int, last: int) -> str:
    return f"{lab.sizes[first]:,} to {lab.sizes[last]:,}"


def _name(lab: "Growth") -> str:
    return lab.size.replace("_", " ")
