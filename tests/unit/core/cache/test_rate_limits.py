"""Impossible limits are refused, and what a limit promises."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.cache.rate_limits import Limit, take


@pytest.mark.parametrize(
    ("burst", "rate"),
    [(0, 1), (-1, 1), (1, 0), (1, -1), (1, math.inf), (1, math.nan), (1, 1_000_001)],
)
def test_impossible_limit_is_refused(burst: int, rate: float) -> None:
    with pytest.raises(ValueError, match="burst must be at least 1"):
        Limit(burst=burst, rate=rate)


def test_limit_that_takes_generations_to_fill_is_refused() -> None:
    with pytest.raises(ValueError, match="raise rate or lower burst"):
        Limit(burst=1_000_000, rate=1 / 3600)


@pytest.mark.parametrize(
    ("rate", "interval_us"),
    [(1, 1_000_000), (100 / 60, 600_000), (5 / 60, 12_000_000), (3, 333_334), (1_000_000, 1)],
)
def test_interval_is_the_time_of_one_token(rate: float, interval_us: int) -> None:
    assert Limit(burst=1, rate=rate).interval_us == interval_us


@given(rate=st.floats(min_value=1e-3, max_value=1_000_000))
def test_interval_gives_at_most_the_rate_and_hardly_less(rate: float) -> None:
    true_rate = 1_000_000 / Limit(burst=1, rate=rate).interval_us
    # One part in 10**15 is the rounding of the two divisions themselves.
    assert rate * (1 - rate / 1_000_000) * (1 - 1e-15) <= true_rate <= rate * (1 + 1e-15)


@pytest.mark.parametrize("cost", [-1, 0, 4])
def test_cost_beyond_the_burst_is_refused(cost: int) -> None:
    with pytest.raises(ValueError, match="burst of 3"):
        take("never asked", Limit(burst=3, rate=1), cost)
