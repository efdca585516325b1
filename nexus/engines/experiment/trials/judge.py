"""The verdicts of a lab of trials."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
from nexus.engines.experiment.document.samples import SampleTable
from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.model.expectation import RatioExpectation
from nexus.engines.experiment.model.lab import Findings
from nexus.engines.experiment.report import wording
from nexus.engines.experiment.statistics.noise import control_of, noise_floor, why_void
from nexus.engines.experiment.statistics.ratios import Circumstances, judge_ratio
from nexus.engines.experiment.trials.expectations import Never, Occurs
from nexus.engines.experiment.trials.summary import summarise_trials

if TYPE_CHECKING:
    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.model.budgets import Budget
    from nexus.engines.experiment.model.expectation import Expectation
    from nexus.engines.experiment.trials.design import Trials
    from nexus.engines.experiment.trials.schedule import TrialsRecord

__all__ = ["findings", "rule_of_three"]

SAMPLE_COLUMNS = (
    "block", "trial", "variant", "again", "worker", "attempt", "start_s", "end_s", "outcome",
    "error",
)  # fmt: skip

Z95 = 1.959963984540054
"""The normal quantile that leaves 5 % outside, half of it on either side."""

NOT_PROVOKED = "The race was not provoked: {} did not fail once in {} trials. Run it again."


def findings(lab: "Trials", session: "Session", record: "TrialsRecord") -> Findings:
    """Return what trials that were run contribute to the result."""
    control = record.control.estimate()
    void = why_void(control, "throughput")
    circumstances = Circumstances(void, f"{record.blocks} blocks", session.busy_pressure)
    return Findings(
        expectations=tuple(
            _judge(expectation, lab, session.budget, record, circumstances)
            for expectation in lab.expectations
        ),
        variants=summarise_trials(lab, record),
        control=control_of(control),
        noise_floor=noise_floor(control),
        samples=_samples(record),
        extended=False,
    )


def _samples(record: "TrialsRecord") -> SampleTable:
    """Return one row for each attempt, followed by what `inspect` counted in its trial."""
    events = tuple(record.trials[0].counts) if record.trials else ()
    rows = [
        (
            trial.block,
            trial.trial,
            trial.variant,
            trial.again,
            *attempt,
            *(trial.counts.get(event, 0) for event in events),
        )
        for trial in record.trials
        for attempt in trial.attempts
    ]
    return SampleTable((*SAMPLE_COLUMNS, *events), rows)


def _judge(
    expectation: "Expectation",
    lab: "Trials",
    budget: "Budget",
    record: "TrialsRecord",
    circumstances: Circumstances,
) -> Outcome:
    match expectation:
        case Never():
            return _judge_never(expectation, lab, budget, record)
        case Occurs():
            return _judge_occurs(expectation, record)
        case RatioExpectation():
            return _judge_throughput(expectation, lab, record, circumstances)
        case _:
            raise TypeError(f"{type(expectation).__name__} is decided by no trials.")


def _judge_never(claim: Never, lab: "Trials", budget: "Budget", record: "TrialsRecord") -> Outcome:
    naive = claim.opponent(lab)
    seen = record.happened(claim.variant, claim.event)
    naive_seen, naive_trials = record.happened(naive, claim.event), len(record.of(naive))
    label = lab.variants[naive].label
    if seen:
        return _events(claim, record, Verdict.REFUTED, "", naive)
    trials = len(record.of(claim.variant))
    if not naive_seen:
        reason = NOT_PROVOKED.format(label, wording.number(naive_trials))
        return _events(claim, record, Verdict.INCONCLUSIVE, reason, naive)
    if record.cut_short:
        reason = (
            f"Only {record.blocks} of {budget.blocks} blocks of trials fit into the lab's limit of "
            f"{budget.limit_s:.0f} s. Run it on a machine with less to do."
        )
        return _events(claim, record, Verdict.INCONCLUSIVE, reason, naive)
    outcome = _events(claim, record, Verdict.SUPPORTED, "", naive)
    bound = wording.percent(rule_of_three(trials))
    sentence = (
        f"none in {wording.number(trials)} trials (at most {bound} at 95 %); {label}: "
        f"{wording.spaced(claim.event)} in {wording.number(naive_seen)} of "
        f"{wording.number(naive_trials)}"
    )
    return replace(outcome, sentence=sentence)


def _judge_occurs(claim: Occurs, record: "TrialsRecord") -> Outcome:
    if record.happened(claim.variant, claim.event):
        return _events(claim, record, Verdict.SUPPORTED, "", None)
    trials = len(record.of(claim.variant))
    reason = NOT_PROVOKED.format(wording.spaced(claim.variant), wording.number(trials))
    return _events(claim, record, Verdict.INCONCLUSIVE, reason, None)


def _events(
    claim: Never | Occurs,
    record: "TrialsRecord",
    verdict: Verdict,
    reason: str,
    against: str | None,
) -> Outcome:
    trials = record.of(claim.variant)
    seen = record.happened(claim.variant, claim.event)
    total = sum(trial.counts[claim.event] for trial in trials)
    share, interval = _share(seen, len(trials))
    unknown = sum(a.outcome == "unknown" for trial in trials for a in trial.attempts)
    if seen:
        sentence = wording.happened(claim.event, seen, len(trials), total)
    else:
        bound = wording.percent(interval[1])
        sentence = f"none in {wording.number(len(trials))} trials (at most {bound} at 95 %)"
    return Outcome(
        claim=claim.claim,
        kind="events",
        verdict=verdict,
        declared=claim.declared,
        variant=claim.variant,
        against=against,
        measure=claim.event,
        value=share,
        interval=interval,
        bar=0.0 if isinstance(claim, Never) else None,
        unit="share of trials",
        sentence=sentence,
        reason=reason,
        cases=(
            CaseOutcome(
                case={},
                verdict=verdict,
                value=share,
                interval=interval,
                trials=len(trials),
                trials_with=seen,
                total=total,
                unknown=unknown,
            ),
        ),
    )


def rule_of_three(trials: int) -> float:
    """Return the share of trials that an event not seen in `trials` can have, at 95 %.

    Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", 1983.
    """
    return min(1.0, 3 / trials)


def _share(seen: int, trials: int) -> tuple[float, tuple[float, float]]:
    """Return the share of trials with the event and its 95 % interval.

    That is Wilson's interval (1927); for an event not seen, the rule of three.
    """
    if not trials:
        return 0.0, (0.0, 1.0)
    if not seen:
        return 0.0, (0.0, rule_of_three(trials))
    if seen == trials:
        return 1.0, (1 / (1 + Z95**2 / trials), 1.0)
    share, z2 = seen / trials, Z95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) * Z95 / (1 + z2 / trials)
    return share, (middle - half, middle + half)


def _judge_throughput(
    claim: RatioExpectation, lab: "Trials", record: "TrialsRecord", circumstances: Circumstances
) -> Outcome:
    over = claim.opponent(lab)
    estimate = record.series[claim.variant, over].estimate()
    outcome = judge_ratio(claim, lab, {0: estimate}, circumstances)
    forbidden = sorted({e.event for e in lab.expectations if isinstance(e, Never)})
    for variant in (claim.variant, over):
        for event in forbidden:
            seen = record.happened(variant, event)
            if seen:
                reason = (
                    f"A fast wrong answer is no fix: {lab.variants[variant].label} "
                    f"{wording.spaced(event)} in {seen} of {len(record.of(variant))} trials."
                )
                cases = tuple(replace(c, verdict=Verdict.REFUTED) for c in outcome.cases)
                return replace(outcome, verdict=Verdict.REFUTED, reason=reason, cases=cases)
    return outcome
