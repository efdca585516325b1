"""The sign sequence: its closed forms, its coverage and its power."""

import math
from itertools import pairwise

import numpy as np
import pytest

from nexus.engines.experiment.statistics.sequence import (
    FIRST_LOOK,
    UNBOUNDED,
    SignSequence,
    interval,
    log_e_value,
)

LEVEL = 0.01


def growing(values: np.ndarray, alpha: float = LEVEL) -> list[tuple[float, float]]:
    """Return the interval after each pair."""
    sequence, kept, seen = SignSequence(alpha), [], []
    for value in values.tolist():
        seen.append(value)
        sequence.offer(seen)
        kept.append(sequence.interval)
    return kept


def last(values: np.ndarray, alpha: float = LEVEL) -> tuple[float, float]:
    """Return the interval after looks at geometric distances and one at the end."""
    sequence, size = SignSequence(alpha), FIRST_LOOK
    while size < len(values):
        sequence.look(values[:size].tolist())
        size = math.ceil(size * 1.17)
    sequence.look(values.tolist())
    return sequence.interval


def test_e_value_of_ten_of_ten() -> None:
    closed_form = math.comb(20, 10) / 4**10 * 2**10

    assert closed_form == pytest.approx(math.exp(log_e_value(10, 10)))
    assert pytest.approx(180.4, abs=0.05) == closed_form


def test_e_value_is_a_fair_game() -> None:
    # The expectation of e under a fair coin is exactly one, whatever the number of tosses.
    for pairs in (1, 2, 10, 57):
        mean = sum(
            math.comb(pairs, above) / 2**pairs * math.exp(log_e_value(pairs, above))
            for above in range(pairs + 1)
        )
        assert pytest.approx(1.0) == mean


def test_interval_of_ten_pairs_is_their_range() -> None:
    values = [0.3, -0.1, 0.2, 0.0, 0.5, 0.4, -0.2, 0.1, 0.6, 0.7]

    assert interval(values, LEVEL) == (-0.2, 0.7)


def test_interval_of_few_pairs_is_unbounded() -> None:
    # Nine of nine give C(18, 9) / 2^9 = 95.0, which is below 100.
    assert math.comb(18, 9) / 2**9 < 1 / LEVEL
    assert interval([1.0] * 9, LEVEL) == UNBOUNDED
    assert interval([], LEVEL) == UNBOUNDED


def test_interval_holds_every_ratio_that_is_not_rejected() -> None:
    values = np.random.default_rng(1).normal(0, 1, 101)
    low, high = interval(values, LEVEL)

    for theta in np.linspace(-1.5, 1.5, 301):
        above = int(np.sum(values > theta))
        accepted = log_e_value(len(values), above) < -math.log(LEVEL)
        assert accepted == (low <= theta < high)


def test_interval_of_ties_holds_them() -> None:
    # Half the pairs are exactly equal, as with a coarse clock: zero cannot be rejected.
    values = [0.0] * 500 + [0.1] * 300 + [-0.1] * 200

    assert interval(values, LEVEL) == (0.0, 0.0)


def test_interval_of_only_ties_is_a_point() -> None:
    assert interval([0.25] * 50, LEVEL) == (0.25, 0.25)


def test_sequence_never_widens() -> None:
    kept = growing(np.random.default_rng(2).standard_t(2, 2_000))

    assert all(old[0] <= new[0] and new[1] <= old[1] for old, new in pairwise(kept))
    assert kept[FIRST_LOOK - 2] == UNBOUNDED
    assert math.isfinite(kept[FIRST_LOOK - 1][0])


def test_sequence_gives_both_ends_when_the_effect_changed() -> None:
    # The first half clearly supports one result, the second half another.
    values = np.concatenate([np.full(400, -1.0), np.full(4_000, 1.0)])

    assert last(values) == (-1.0, 1.0)


@pytest.mark.parametrize("tails", ["normal", "cauchy", "bursts"])
def test_sequence_covers_the_median_at_all_times(tails: str) -> None:
    generator, truth, missed, runs = np.random.default_rng(3), 0.2, 0, 600
    for _ in range(runs):
        noise = {
            "normal": lambda: generator.normal(0, 0.15, 1_000),
            "cauchy": lambda: 0.1 * generator.standard_cauchy(1_000),
            "bursts": lambda: (
                generator.normal(0, 0.05, 1_000) * np.where(generator.random(1_000) < 0.1, 30, 1)
            ),
        }[tails]()
        low, high = last(truth + noise)
        missed += not low <= truth <= high

    # A level of 1 % allows 6 of 600; looks at distances leave it far from spent.
    assert missed <= 0.01 * runs


def test_sequence_of_equal_sides_settles_no_direction() -> None:
    generator, runs = np.random.default_rng(4), 1_000
    wrong = 0
    for _ in range(runs):
        # In random order the difference of equal sides is symmetric, whatever their noise.
        coin = generator.choice([-1, 1], 800)
        low, high = last(coin * generator.gamma(0.5, 0.2, 800), LEVEL / 2)
        wrong += low > 0 or high < 0

    assert wrong <= 0.005 * runs


def test_sequence_finds_five_per_cent() -> None:
    generator, runs = np.random.default_rng(5), 300
    found = sum(
        last(math.log(1.05) + generator.normal(0, 0.15, 3_000), LEVEL / 2)[0] > 0
        for _ in range(runs)
    )

    assert found >= 0.95 * runs
