"""The noise floor, and when the control voids a run."""

import math

import pytest

from nexus.engines.experiment.statistics.noise import control_of, noise_floor, why_void
from nexus.engines.experiment.statistics.series import Estimate


def control(low: float, high: float, *, pairs: int = 40) -> Estimate:
    """A control whose ratio lies between `low` and `high`."""
    interval = (math.log(low), math.log(high))
    return Estimate(sum(interval) / 2, interval, interval, pairs, 8, 0.0)


def test_noise_floor_is_the_end_farther_from_one() -> None:
    assert noise_floor(control(0.99, 1.03)) == pytest.approx(0.03)
    assert noise_floor(control(0.8, 1.01)) == pytest.approx(0.25)


def test_noise_floor_without_pairs_is_unknown() -> None:
    assert noise_floor(control(0.99, 1.03, pairs=0)) is None


def test_control_around_one_voids_nothing() -> None:
    assert why_void(control(0.99, 1.03), "time") == ""


def test_control_apart_from_one_voids_the_run() -> None:
    apart = control(1.02, 1.08)
    assert "differs" in why_void(apart, "time")
    recorded = control_of(apart)
    assert recorded is not None
    assert recorded.void


def test_exponent_of_the_control_apart_from_zero_voids_the_run() -> None:
    steep = Estimate(0.2, (0.1, 0.3), (0.1, 0.3), 40, 8, 0.0)
    assert "exponents" in why_void(control(0.99, 1.03), "time", steep)
