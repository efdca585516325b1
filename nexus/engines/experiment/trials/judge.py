"""The verdicts of a lab of trials."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.model.expectation import Never, Occurs, Rated
from nexus.engines.experiment.report import wording
from nexus.engines.experiment.statistics.ratios import Circumstances, judge_rated, why_void

if TYPE_CHECKING:
    from nexus.engines.experiment.comparison.design import Trials
    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.model.budgets import Form
    from nexus.engines.experiment.model.expectation import Expectation
    from nexus.engines.experiment.statistics.series import Estimate
    from nexus.engines.experiment.trials.schedule import Tried

__all__ = ["judge_trials"]

Z95 = 1.959963984540054
"""The normal quantile that leaves 5 % outside, half of it on either side."""

NOT_PROVOKED = "The race was not provoked: {} did not fail once in {} trials. Run it again."


def judge_trials(
    lab: "Trials", session: "Session", found: "Tried", control: "Estimate"
) -> tuple[Outcome, ...]:
    """Return the outcome of every expectation, in the lab's order."""
    void = why_void(control, "throughput")
    around = Circumstances(void, f"{found.blocks} blocks", session.too_busy)
    return tuple(
        _judge(expectation, lab, session.form, found, around) for expectation in lab.expectations
    )


def _judge(
    expectation: "Expectation",
    lab: "Trials",
    form: "Form",
    found: "Tried",
    around: Circumstances,
) -> Outcome:
    if isinstance(expectation, Never):
        return _judge_never(expectation, lab, form, found)
    if isinstance(expectation, Occurs):
        return _judge_occurs(expectation, found)
    if isinstance(expectation, Rated):
        return _judge_throughput(expectation, lab, found, around)
    raise TypeError(f"{type(expectation).__name__} is decided by no trials.")


def _judge_never(claim: Never, lab: "Trials", form: "Form", found: "Tried") -> Outcome:
    naive = claim.opponent(lab)
    seen = found.happened(claim.variant, claim.event)
    naive_seen, naive_trials = found.happened(naive, claim.event), len(found.of(naive))
    label = lab.variants[naive].label
    if seen:
        return _events(claim, found, Verdict.REFUTED, "", naive)
    trials = len(found.of(claim.variant))
    if not naive_seen:
        reason = NOT_PROVOKED.format(label, wording.number(naive_trials))
        return _events(claim, found, Verdict.INCONCLUSIVE, reason, naive)
    if found.cut_short:
        reason = (
            f"Only {found.blocks} of {form.blocks} blocks of trials fit into the lab's limit of "
            f"{form.limit_s:.0f} s. Run it on a machine with less to do."
        )
        return _events(claim, found, Verdict.INCONCLUSIVE, reason, naive)
    outcome = _events(claim, found, Verdict.SUPPORTED, "", naive)
    bound = wording.percent(wording.rule_of_three(trials))
    sentence = (
        f"none in {wording.number(trials)} trials (at most {bound} at 95 %); {label}: "
        f"{claim.event.replace('_', ' ')} in {wording.number(naive_seen)} of "
        f"{wording.number(naive_trials)}"
    )
    return replace(outcome, sentence=sentence)


def _judge_occurs(claim: Occurs, found: "Tried") -> Outcome:
    if found.happened(claim.variant, claim.event):
        return _events(claim, found, Verdict.SUPPORTED, "", None)
    trials = len(found.of(claim.variant))
    reason = NOT_PROVOKED.format(claim.variant.replace("_", " "), wording.number(trials))
    return _events(claim, found, Verdict.INCONCLUSIVE, reason, None)


def _events(
    claim: Never | Occurs, found: "Tried", verdict: Verdict, reason: str, against: str | None
) -> Outcome:
    trials = found.of(claim.variant)
    seen = found.happened(claim.variant, claim.event)
    total = sum(trial.counts[claim.event] for trial in trials)
    share, interval = _share(seen, len(trials))
    unknown = sum(a.outcome == "unknown" for trial in trials for a in trial.attempts)
    details = {"trials": len(trials), "trials_with": seen, "total": total, "unknown": unknown}
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
        cases=(CaseOutcome({}, verdict, share, interval, details),),
    )


def _share(seen: int, trials: int) -> tuple[float, tuple[float, float]]:
    """Return the share of trials with the event and its 95 % interval.

    That is Wilson's interval (1927); for an event not seen, the rule of three.
    """
    if not trials:
        return 0.0, (0.0, 1.0)
    if not seen:
        return 0.0, (0.0, wording.rule_of_three(trials))
    if seen == trials:
        return 1.0, (1 / (1 + Z95**2 / trials), 1.0)
    share, z2 = seen / trials, Z95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) * Z95 / (1 + z2 / trials)
    return share, (middle - half, middle + half)


def _judge_throughput(
    claim: Rated, lab: "Trials", found: "Tried", around: Circumstances
) -> Outcome:
    over = claim.opponent(lab)
    estimate = found.series[claim.variant, over].estimate()
    outcome = judge_rated(claim, lab, {0: estimate}, around)
    forbidden = sorted({e.event for e in lab.expectations if isinstance(e, Never)})
    for variant in (claim.variant, over):
        for event in forbidden:
            seen = found.happened(variant, event)
            if seen:
                reason = (
                    f"A fast wrong answer is no fix: {lab.variants[variant].label} "
                    f"{event.replace('_', ' ')} in {seen} of {len(found.of(variant))} trials."
                )
                cases = tuple(replace(c, verdict=Verdict.REFUTED) for c in outcome.cases)
                return replace(outcome, verdict=Verdict.REFUTED, reason=reason, cases=cases)
    return outcome
