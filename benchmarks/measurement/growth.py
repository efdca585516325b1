"""Measure the engine's exponents: `python -m benchmarks.measurement.growth [--runs N]`.

Simulated machines run labs whose curves are known. Each run tests whether one curve grows at
most like size^0.1 and at least like size^0.8; the table counts how often the interval of the last
decade covers the truth, and how often a verdict is the opposite of it.
"""

import argparse
import itertools
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measurement.cells import upper_bound
from benchmarks.measurement.machines import NOISES, Machine, Side
from nexus.engines.experiment import Exponent, Growth, Needs, run

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
AT_MOST, AT_LEAST = 0.1, 0.8


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve: what a call takes, as a multiple of 2 ms, and the truth about it.

    `exponent` is that of the last decade, None if the curve has none. `right` are the verdicts
    on "at most" and on "at least" that are not wrong. Without an exponent the only right answers
    are that the growth is not slight, and that nothing is known.
    """

    times: Callable[[int], float]
    exponent: float | None
    right: tuple[frozenset[str], frozenset[str]]


def _right(at_most: str, at_least: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset({at_most, "inconclusive"}), frozenset({at_least, "inconclusive"})


STEP = 100_000
OPEN = frozenset({"inconclusive"})

CURVES = {
    "none": Curve(lambda _: 1.0, 0.0, _right("supported", "refuted")),
    "square root": Curve(lambda n: (n / 10_000) ** 0.5, 0.5, _right("refuted", "refuted")),
    "proportion": Curve(lambda n: n / 50_000, 1.0, _right("refuted", "supported")),
    # The median of the three slopes between 100,000, 300,000 and 1,000,000.
    "fixed cost": Curve(lambda n: (1 + n / 5_000) / 10, 0.9810, _right("refuted", "supported")),
    # Flat up to a third of the largest size, then in proportion.
    "late growth": Curve(lambda n: 1 + n / 300_000, None, (_right("refuted", "")[0], OPEN)),
    "step": Curve(lambda n: 1.0 if n <= STEP else 10.0, None, (_right("refuted", "")[0], OPEN)),
}


def main() -> int:
    """Run every curve on every machine, and print a line for each."""
    options = _options()
    print("curve         machine       runs  covered  wrong (at most)  inconclusive  passes")
    for name, noise in itertools.product(CURVES, NOISES):
        counts = Counter[str]()
        seeds = range(options.runs)
        passes = [_count(CURVES[name], noise, seed, options.form, counts) for seed in seeds]
        covered = counts["covered"] if CURVES[name].exponent is not None else "-"
        bound = upper_bound(counts["wrong"], 2 * options.runs)
        print(
            f"{name:13} {noise:12} {options.runs:5d} {covered:>8} {counts['wrong']:6d} "
            f"({bound:6.2%}) {counts['inconclusive']:12d} {sorted(passes)[len(passes) // 2]:9d}",
            flush=True,
        )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measurement.growth")
    parser.add_argument("--runs", type=int, default=40, help="runs of each curve and machine")
    parser.add_argument("--form", choices=("full", "quick"), default="full")
    return parser.parse_args()


def _count(curve: Curve, noise: str, seed: int, form: str, counts: Counter[str]) -> int:
    """Run once, count the verdicts, and return how many passes the run took."""
    machine = Machine(NOISES[noise], seed)
    result = run(
        _lab(machine, curve),
        machine,
        slug="measurement",
        form="quick" if form == "quick" else "full",
        seed=seed,
        clock=machine.clock,
        pressure=lambda: None,
    )
    at_most, at_least = result.expectations
    for outcome, right in zip((at_most, at_least), curve.right, strict=True):
        counts["wrong"] += str(outcome.verdict) not in right
        counts["inconclusive"] += str(outcome.verdict) == "inconclusive"
    if curve.exponent is not None and at_most.interval is not None:
        counts["covered"] += at_most.interval[0] <= curve.exponent <= at_most.interval[1]
    return at_most.cases[0].passes or 0


def _lab(machine: Machine, curve: Curve) -> Growth:
    lab = Growth(title="A curve", data=None, needs=Needs(1, 1, 60), size="size", sizes=SIZES)
    sides = {size: Side(f"one {size}", curve.times(size)) for size in SIZES}

    @lab.variant(baseline=True)
    def baseline(size: int) -> None:
        machine.work(sides[size])

    @lab.variant
    def other(size: int) -> None:
        """Do nothing: the claims are about the baseline's curve."""

    lab.expect(
        Exponent("measurement.flat", "baseline", at_most=AT_MOST),
        Exponent("measurement.steep", "baseline", at_least=AT_LEAST),
    )
    return lab


if __name__ == "__main__":
    sys.exit(main())
