"""The table of variants of a lab of trials: events, times of attempts and throughput."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import Measure
from nexus.engines.experiment.statistics.figures import figures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nexus.engines.experiment.trials.design import Trials
    from nexus.engines.experiment.trials.schedule import TrialSample, TrialsRecord

__all__ = ["summarise_trials"]


def summarise_trials(lab: "Trials", record: "TrialsRecord") -> dict[str, dict[str, Measure]]:
    """Return what `inspect` counted, the time of an attempt and the throughput of a trial."""
    return {name: _measures(record.of(name)) for name in lab.variants}


def _measures(trials: "Sequence[TrialSample]") -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    if not trials:
        return measures
    for name in trials[0].counts:
        values = [trial.counts.get(name, 0) for trial in trials]
        measures[name] = Measure(
            **figures_of(values),
            total=sum(values),
            trials_with=sum(value > 0 for value in values),
            unit=name.replace("_", " "),
        )
    durations = [
        1_000 * (attempt.end_s - attempt.start_s)
        for trial in trials
        for attempt in trial.attempts
        if attempt.outcome == "true"
    ]
    if durations:
        measures["time"] = Measure(**figures_of(durations), unit="ms")
    speeds = [trial.throughput for trial in trials]
    measures["throughput"] = Measure(**figures_of(speeds), unit="a second")
    return measures
