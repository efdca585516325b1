"""The table of variants: every measure of every variant, by case."""

from collections import defaultdict
from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import CaseFigures, Measure
from nexus.engines.experiment.statistics.figures import figures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nexus.engines.experiment.comparison.design import Comparison
    from nexus.engines.experiment.document.run_document import Case
    from nexus.engines.experiment.measuring.counting import Counts
    from nexus.engines.experiment.measuring.units import UnitSample

__all__ = ["measure_of", "milliseconds", "summarise"]

Table = dict[str, dict[str, Measure]]


def summarise(lab: "Comparison", counts: "Counts", samples: "Sequence[UnitSample]") -> Table:
    """Return exact counts and, for variants that were timed, milliseconds a call.

    The figures of a measure are those of the last case; `by_case` has them all.
    """
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    for sample in samples:
        times[sample.variant, sample.case].append(milliseconds(sample))
    table: Table = {}
    for name in lab.variants:
        timed = [
            CaseFigures(case=case, **figures_of(times[name, number]))
            for number, case in enumerate(lab.case_list)
            if times[name, number]
        ]
        table[name] = {"time": measure_of(timed, "ms")} if timed else {}
        for measure in counts[name, 0][1]:
            exact = [
                _exact(case, counts[name, number][1][measure])
                for number, case in enumerate(lab.case_list)
            ]
            table[name][measure] = measure_of(exact, lab.units.get(measure, measure))
    return table


def milliseconds(sample: "UnitSample") -> float:
    """Return how long a call of a unit took."""
    return 1_000 * sample.seconds / sample.calls


def measure_of(by_case: "Sequence[CaseFigures]", unit: str) -> Measure:
    """Return a measure with the figures of the last case, and those of all cases."""
    last = by_case[-1]
    return Measure(
        median=last.median, p95=last.p95, p99=last.p99, n=last.n, unit=unit, by_case=tuple(by_case)
    )


def _exact(case: "Case", count: int) -> CaseFigures:
    return CaseFigures(case=case, median=count, p95=count, p99=count, n=1)
