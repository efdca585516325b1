"""Exponents from passes, and when a curve is no power of the size."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from nexus.engines.experiment import Exponent, Verdict
from nexus.engines.experiment.statistics.curves import Curve, Reading, theil_sen
from tests.support.simulation import DEPTHS

FLAT = Exponent("lab.flat", "fix", at_most=0.1)
STEEP = Exponent("lab.steep", "fix", at_least=0.8)


def read(
    seconds: Callable[[float], float], *, noise: float = 0.02, slopes: float = 0.0, seed: int = 1
) -> Reading:
    """Read sixty passes in ten rounds; `slopes` is the deviation of the rounds' exponents."""
    curve, generator = Curve(DEPTHS, 4, 0.001, seed), np.random.default_rng(seed)
    for round_number in range(10):
        tilt = generator.normal(0, slopes)
        for _ in range(6):
            level = generator.normal(0, 0.5)
            curve.add(
                [
                    math.log(seconds(depth) * depth**tilt) + level + generator.normal(0, noise)
                    for depth in DEPTHS
                ],
                round_number,
            )
    return curve.read()


def test_theil_sen_is_the_slope_of_a_line() -> None:
    x = np.array([0.0, 1.0, 2.5, 4.0])

    assert pytest.approx(-1.5) == theil_sen(x, 7 - 1.5 * x)


def test_theil_sen_withstands_a_wild_point() -> None:
    x = np.arange(7.0)
    y = 0.5 * x
    y[6] = 50.0

    # Fifteen of the 21 slopes do not involve the outlier.
    assert pytest.approx(0.5) == theil_sen(x, y)
    assert np.polyfit(x, y, 1)[0] > 5


@pytest.mark.parametrize("exponent", [-0.5, 0.0, 0.5, 1.0, 2.0])
def test_power_has_its_exponent_in_every_span(exponent: float) -> None:
    found = read(lambda depth: depth**exponent)

    for estimate in (found.last_decade, found.all_sizes, *found.steps.values()):
        low, high = estimate.interval
        assert low <= exponent <= high
        assert pytest.approx(exponent, abs=0.03) == estimate.value


def test_steps_lead_from_size_to_size_of_the_last_decade() -> None:
    assert list(read(lambda _: 1.0).steps) == [(4, 5), (5, 6)]


def test_speed_of_a_pass_does_not_matter() -> None:
    # A pass is up to three times as fast as another; the exponent is known to a hundredth.
    low, high = read(lambda depth: depth).all_sizes.interval

    assert high - low < 0.02


def test_rounds_that_disagree_widen_the_interval() -> None:
    # Each connection's exponent is off by 0.05 (standard deviation). The passes alone are sure of
    # too narrow an interval.
    runs, alone, both = 60, 0, 0
    for seed in range(runs):
        estimate = read(lambda _: 1.0, slopes=0.05, seed=seed).last_decade
        alone += estimate.by_pairs[0] <= 0 <= estimate.by_pairs[1]
        both += estimate.interval[0] <= 0 <= estimate.interval[1]

    assert both >= 0.98 * runs
    assert alone < 0.9 * runs


# Curves that are not a power of the size: the claims, and their possible verdicts.


def fixed_cost(depth: float) -> float:
    """Hide growth in proportion below 20,000."""
    return 1 + depth / 20_000


def late_growth(depth: float) -> float:
    """Begin to grow only in the last decade."""
    return 1 + depth / 300_000


def late_step(depth: float) -> float:
    """Be ten times as slow from the last decade's second size on."""
    return 1.0 if depth <= 100_000 else 10.0


def saturating(depth: float) -> float:
    """Grow at first, and hardly any more from 10,000 on."""
    return depth / (depth + 3_000)


def still_saturating(depth: float) -> float:
    """Grow in proportion at first; in the last decade less and less."""
    return depth / (depth + 250_000)


def logarithmic(depth: float) -> float:
    """Grow like the depth of a tree."""
    return math.log(depth)


@pytest.mark.parametrize(
    ("curve", "flat", "steep"),
    [
        # A fixed cost only makes the exponent smaller, so "at least" may be believed.
        (fixed_cost, Verdict.REFUTED, Verdict.SUPPORTED),
        # The exponent of the last decade is 0.5 and rises: 0.8 may lie ahead.
        (late_growth, Verdict.REFUTED, None),
        # A step is not growth like a power, although its last decade has such a slope.
        (late_step, None, None),
        (saturating, Verdict.SUPPORTED, Verdict.REFUTED),
        # The exponent of the last decade is above 0.3 and falls: 0.1 may lie ahead.
        (still_saturating, None, Verdict.REFUTED),
        # The logarithm grows by a fifth in the last decade, and less than that beyond.
        (logarithmic, Verdict.SUPPORTED, Verdict.REFUTED),
    ],
)
def test_curve_that_is_no_power_gets_no_wrong_verdict(
    curve: Callable[[float], float], flat: Verdict | None, steep: Verdict | None
) -> None:
    found = read(curve, noise=0.01)

    assert (flat, steep) == (FLAT.decide_curve(found), STEEP.decide_curve(found))


def test_slight_bend_is_no_doubt() -> None:
    # The exponent of the last decade is 0.04, that of all sizes 0.01.
    reading = read(lambda depth: 1 + depth / 1e7, noise=0.005)

    assert FLAT.decide_curve(reading) == Verdict.SUPPORTED
