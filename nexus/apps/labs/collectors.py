"""Metrics of runs for Prometheus.

Read from the table rather than counted in memory: the runner may be the process of a command, which
exits before it is scraped, and there are thousands of runs, not millions.
"""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from nexus.apps.labs.queries import count_runs, runner_is_there
from nexus.apps.labs.states import RunStatus
from nexus.core.observability.collectors import gauge

__all__ = ["read"]

VERDICTS = ("supported", "refuted", "inconclusive", "unavailable")
# A completed run counts under its verdict.
OUTCOMES = (*VERDICTS, *(status.value for status in RunStatus if status != RunStatus.DONE))


def read() -> Iterable[Metric]:
    """Return the number and duration of runs by outcome, and whether a runner is present."""
    runs = GaugeMetricFamily(
        "nexus_lab_runs", "Runs of labs, by verdict or status.", labels=["outcome"]
    )
    durations = GaugeMetricFamily(
        "nexus_lab_runs_seconds", "Total duration of these runs.", labels=["outcome"]
    )
    counts = count_runs()
    for outcome in OUTCOMES:
        number, seconds = counts.get(outcome, (0, 0.0))
        runs.add_metric([outcome], number)
        durations.add_metric([outcome], seconds)
    present = gauge(
        "nexus_runner_present", "1 while a process executes runs, otherwise 0.", runner_is_there()
    )
    return [runs, durations, present]
