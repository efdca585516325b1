"""The table of variants: every measure of every variant, by case."""

from collections import defaultdict
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nexus.engines.experiment.comparison.design import Comparison, Growth, Trials
    from nexus.engines.experiment.comparison.streams import Compared
    from nexus.engines.experiment.growth.schedule import Grown
    from nexus.engines.experiment.model.lab import Case
    from nexus.engines.experiment.trials.schedule import TrialSample, Tried

__all__ = ["summarise_comparison", "summarise_growth", "summarise_trials"]

LEAST_FOR_P99 = 100
"""Units below which a 99th percentile would be the slowest unit under another name."""

DIGITS = 6

Table = dict[str, dict[str, object]]


def distribution(values: "Sequence[float]") -> dict[str, float | int | None]:
    """Return median, 95th and 99th percentile and the number of `values` (at least one)."""
    median, p95, p99 = np.percentile(np.asarray(values, dtype=float), (50, 95, 99))
    return {
        "median": round(float(median), DIGITS),
        "p95": round(float(p95), DIGITS),
        "p99": round(float(p99), DIGITS) if len(values) >= LEAST_FOR_P99 else None,
        "n": len(values),
    }


def summarise_comparison(lab: "Comparison", found: "Compared | Grown") -> Table:
    """Return exact counts and, for variants that were timed, milliseconds a call.

    The figures on top are those of the last case; `by_case` has them all.
    """
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    for sample in found.samples:
        times[sample.variant, sample.case].append(1_000 * sample.seconds / sample.calls)
    cases = lab.case_list
    table: Table = {}
    for name in lab.variants:
        timed = [
            (case, distribution(times[name, number]))
            for number, case in enumerate(cases)
            if times[name, number]
        ]
        table[name] = {"time": _measure(timed, "ms")} if timed else {}
        for measure in found.counts[name, 0][1]:
            exact = [
                (case, _exact(found.counts[name, number][1][measure]))
                for number, case in enumerate(cases)
            ]
            table[name][measure] = _measure(exact, lab.units.get(measure, measure))
    return table


def summarise_growth(lab: "Growth", found: "Grown") -> Table:
    """Return what `summarise_comparison` does, and by case the median of each round's times."""
    table = summarise_comparison(lab, found)
    for name, measures in table.items():
        if "time" in measures:
            rounds = _by_round(name, found)
            figures = cast("dict[str, list[dict[str, object]]]", measures["time"])
            for number, case in enumerate(figures["by_case"]):
                case["rounds"] = rounds[number]
    return table


def _by_round(variant: str, found: "Grown") -> dict[int, list[float]]:
    """Return the median milliseconds of a call in each round, by the number of the size."""
    times: dict[tuple[int, int], list[float]] = defaultdict(list)
    for sample in found.samples:
        if sample.variant == variant:
            milliseconds = 1_000 * sample.seconds / sample.calls
            times[sample.case, sample.round].append(milliseconds)
    medians: dict[int, list[float]] = defaultdict(list)
    for (case, _), values in sorted(times.items()):
        medians[case].append(float(f"{np.median(values):.4g}"))
    return medians


def _exact(count: int) -> dict[str, float | int | None]:
    return {"median": count, "p95": count, "p99": count, "n": 1}


def _measure(
    by_case: "list[tuple[Case, dict[str, float | int | None]]]", unit: str
) -> dict[str, object]:
    return {
        **by_case[-1][1],
        "unit": unit,
        "by_case": [{"case": dict(case), **figures} for case, figures in by_case],
    }


def summarise_trials(lab: "Trials", found: "Tried") -> Table:
    """Return what `inspect` counted, the time of an attempt and the throughput of a trial."""
    return {name: _summarise_trials(found.of(name)) for name in lab.variants}


def _summarise_trials(trials: "Sequence[TrialSample]") -> dict[str, object]:
    measures: dict[str, object] = {}
    if not trials:
        return measures
    for name in trials[0].counts:
        values = [trial.counts.get(name, 0) for trial in trials]
        measures[name] = {
            "total": sum(values),
            "trials_with": sum(value > 0 for value in values),
            **distribution(values),
            "unit": name.replace("_", " "),
        }
    done = [
        1_000 * (attempt.end_s - attempt.start_s)
        for trial in trials
        for attempt in trial.attempts
        if attempt.outcome == "true"
    ]
    if done:
        measures["time"] = {**distribution(done), "unit": "ms"}
    speeds = [trial.throughput for trial in trials]
    measures["throughput"] = {**distribution(speeds), "unit": "a second"}
    return measures
