"""The second opinion: many pairs do not overrule rounds that differ among themselves."""

import numpy as np
import pytest

from nexus.engines.experiment.statistics.rounds import rounds_interval, stretch
from nexus.engines.experiment.statistics.sequence import UNBOUNDED


def test_two_rounds_say_nothing() -> None:
    assert rounds_interval([0.1, 0.2, 0.3, 0.4], [1, 1, 2, 2], seed=1) == UNBOUNDED


def test_no_pairs_say_nothing() -> None:
    assert rounds_interval([], [], seed=1) == UNBOUNDED


def test_equal_rounds_agree_on_their_median() -> None:
    assert rounds_interval([0.3] * 40, [n // 4 for n in range(40)], seed=1) == (0.3, 0.3)


def test_interval_repeats_with_its_seed() -> None:
    values = np.random.default_rng(1).normal(0, 0.1, 100).tolist()
    rounds = [n // 10 for n in range(100)]

    assert rounds_interval(values, rounds, 5) == rounds_interval(values, rounds, 5)
    assert rounds_interval(values, rounds, 5) != rounds_interval(values, rounds, 6)


@pytest.mark.parametrize(
    ("rounds", "student"),
    # Quantiles of Student's t that leave 0.1 % above, from printed tables.
    [(6, 5.893), (10, 4.297), (21, 3.552), (41, 3.307)],
)
def test_stretch_is_students(rounds: int, student: float) -> None:
    expected = student / 2.5758 * (rounds / (rounds - 1)) ** 0.5

    assert pytest.approx(expected, rel=0.02) == stretch(rounds)


def test_interval_covers_an_effect_of_the_round() -> None:
    generator, runs, missed = np.random.default_rng(2), 400, 0
    rounds = np.repeat(np.arange(10), 50)
    for _ in range(runs):
        # Half a per cent of noise within a round, three per cent between rounds.
        values = generator.normal(0, 0.03, 10)[rounds] + generator.normal(0, 0.005, 500)
        low, high = rounds_interval(values.tolist(), rounds.tolist(), seed=3)
        missed += not low <= 0 <= high

    assert missed <= 0.01 * runs
