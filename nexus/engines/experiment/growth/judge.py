"""The verdicts of a lab of growth."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.comparison.judge import judge_claim
from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
from nexus.engines.experiment.document.samples import SampleTable
from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.growth.expectations import Exponent
from nexus.engines.experiment.growth.summary import summarise_growth
from nexus.engines.experiment.measuring.units import UnitSample
from nexus.engines.experiment.model.lab import Findings
from nexus.engines.experiment.report import wording
from nexus.engines.experiment.statistics.noise import control_of, noise_floor, why_void
from nexus.engines.experiment.statistics.ratios import Circumstances

if TYPE_CHECKING:
    from nexus.engines.experiment.growth.design import Growth
    from nexus.engines.experiment.growth.schedule import GrowthRecord
    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.statistics.curves import Reading

__all__ = ["findings"]


def findings(lab: "Growth", session: "Session", record: "GrowthRecord") -> Findings:
    """Return what a lab of growth that was measured contributes to the result."""
    control, curve = record.control.estimate(), record.control_curve.read()
    exponents = (curve.last_decade, curve.all_sizes)
    if record.cut_short:
        spent = f"the lab's limit of {session.budget.limit_s:.0f} s"
    else:
        spent = f"{wording.number(record.passes)} passes"
    void = why_void(control, "time", *exponents)
    circumstances = Circumstances(void, spent, session.busy_pressure)
    readings = {variant: curve.read() for variant, curve in record.curves.items()}
    estimates = {pair: series.estimate() for pair, series in record.ratios.items()}
    return Findings(
        expectations=tuple(
            _judge_exponent(claim, lab, readings[claim.variant], circumstances)
            if isinstance(claim, Exponent)
            else judge_claim(claim, lab, record.counts, estimates, circumstances)
            for claim in lab.expectations
        ),
        variants=summarise_growth(lab, record),
        control=control_of(control, *exponents),
        noise_floor=noise_floor(control),
        samples=SampleTable(UnitSample._fields, record.samples),
        extended=record.extended,
    )


def _judge_exponent(
    claim: Exponent, lab: "Growth", reading: "Reading", circumstances: Circumstances
) -> Outcome:
    verdict, reason = _verdict(claim, lab, reading, circumstances)
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
            else claim.decide(estimate.interval) or Verdict.INCONCLUSIVE,
            value=estimate.value if estimate.pairs else None,
            interval=estimate.interval if estimate.bounded else None,
            span=name,
            asks="at least" if claim.at_most is None else "at most",
            passes=estimate.pairs,
            rounds=estimate.rounds,
        )
        for span, (name, estimate) in spans.items()
    )


def _verdict(
    claim: Exponent, lab: "Growth", reading: "Reading", circumstances: Circumstances
) -> tuple[Verdict, str]:
    if circumstances.void:
        return Verdict.INCONCLUSIVE, circumstances.void
    verdict = claim.decide_curve(reading)
    if verdict is not None:
        return verdict, ""
    return Verdict.INCONCLUSIVE, _why_open(
        claim, lab, reading, circumstances
    ) + circumstances.advice


def _why_open(
    claim: Exponent, lab: "Growth", reading: "Reading", circumstances: Circumstances
) -> str:
    late = reading.last_decade
    if not late.bounded:
        return (
            f"{late.pairs} passes in {late.rounds} rounds are too few for a verdict, and "
            f"{circumstances.spent} allowed no more."
        )
    beyond = reading.steps_beyond(claim.bar)
    bar = wording.exponent(claim.bar)
    if beyond:
        span, step = next(iter(beyond.items()))
        return (
            f"The time is no power of the {_name(lab)} here: {_from(lab, *span)} the exponent is "
            f"{wording.exponent(step.value)}, on the other side of {bar}. Measure more and larger "
            "sizes."
        )
    if reading.bends_to(claim.bar):
        whole = wording.exponent(reading.all_sizes.value)
        return (
            f"The exponent changes with the {_name(lab)}: it is {whole} over all sizes and moves "
            f"towards {bar}, so no verdict would hold beyond these sizes. Measure larger ones."
        )
    return (
        f"After {circumstances.spent} the bar, an exponent of {bar}, is still within reach: "
        f"{wording.exponents(late.interval)}."
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
    ends = wording.exponents(late.interval)
    return f"{grows}, {ends}, {where}; {wording.exponent(whole.value)} over all sizes"


def _from(lab: "Growth", first: int, last: int) -> str:
    return f"from {_range(lab, first, last)}"


def _range(lab: "Growth", first: int, last: int) -> str:
    return f"{lab.sizes[first]:,} to {lab.sizes[last]:,}"


def _name(lab: "Growth") -> str:
    return wording.spaced(lab.size)
