"""Each known measurement error, planted in the harness or in the machine.

A fault planted in the harness must change the verdict, or the test could not fail; the real harness
must still be right.
"""

import math
import random
from collections.abc import Callable

import numpy as np
import pytest

from nexus.engines.experiment import AtLeast, Equal, Result, Verdict
from nexus.engines.experiment.comparison import schedule
from nexus.engines.experiment.statistics.sequence import SignSequence
from tests.support.simulation import World, bursty, drifting, run_in, two_sided

FASTER = AtLeast("sides.faster", "fast", ratio=1.5)
EQUAL = Equal("sides.equal", "fast")

Sized = Callable[[int, int], int]


def aa(world: World) -> Result:
    """Run identical code on both sides."""
    return run_in(world, two_sided(world, 0.002, 0.002, EQUAL))


class FixedCoin(random.Random):
    """A coin that always lets the variant go first."""

    def randrange(self, *_: object, **__: object) -> int:
        return 0


class SecondIsSlower(World):
    """A machine on which every other unit takes longer, as a throttled core does."""

    def work(self, name: str, seconds: float) -> None:
        units = self.calls["units"] = self.calls.get("units", 0) + 1
        super().work(name, seconds * (1.0 if units % 2 else 1.2))


def test_fixed_order_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every second unit takes 20 % longer. In a fixed order that is always the baseline.
    assert aa(SecondIsSlower(1)).verdict != Verdict.REFUTED

    monkeypatch.setattr(random, "Random", FixedCoin)
    assert aa(SecondIsSlower(1)).verdict != Verdict.SUPPORTED
    faster = AtLeast("sides.faster", "fast", ratio=1.1)
    world = SecondIsSlower(1)
    planted = run_in(world, two_sided(world, 0.002, 0.002, faster))
    # The control detects the fixed order too, and voids what would be a false "faster".
    assert planted.verdict == Verdict.INCONCLUSIVE
    assert planted.expectations[0].cases[0].interval is not None
    assert planted.expectations[0].cases[0].interval[0] > 1.1


def test_missing_warm_up_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a new connection the first calls of each variant plan for 200 ms.
    def planning(call: int) -> float:
        return 0.2 if call <= 6 else 0.0

    world = World(2, toll=planning)
    warm = run_in(world, two_sided(world, 0.08, 0.04, FASTER))
    assert warm.verdict == Verdict.SUPPORTED

    monkeypatch.setattr(schedule, "WARM_UP_CALLS", 0)
    world = World(2, toll=planning)
    cold = run_in(world, two_sided(world, 0.08, 0.04, FASTER))
    assert cold.verdict == Verdict.REFUTED


def connection_of_its_own(runs: int, *, shared: bool) -> int:
    """Return how many A/A runs call identical code different.

    Connections differ in speed by some 15 %, because their backend shares a core or does not.
    """
    false = 0
    for seed in range(runs):
        world = World(seed, noise=0.05)
        speeds = random.Random(f"speeds {seed}")  # noqa: S311 -- a simulation
        factors: dict[str, float] = {}

        def reconnect(factors: dict[str, float] = factors, speeds: random.Random = speeds) -> None:
            both = math.exp(speeds.gauss(0, 0.15))
            own = math.exp(speeds.gauss(0, 0.15))
            factors.update(slow=both, fast=both if shared else own)

        false += differs(world, reconnect, factors, keep=not shared)
    return false


def differs(
    world: World, reconnect: Callable[[], None], factors: dict[str, float], *, keep: bool
) -> bool:
    """Run A/A where each variant's speed is in `factors`; `keep` never connects again."""
    opened = world.open

    def open_() -> None:
        opened()
        if not (keep and factors):
            reconnect()
        world.factors = dict(factors)

    world.open = open_  # type: ignore[method-assign]
    return aa(world).verdict == Verdict.REFUTED


def test_connection_for_each_variant_is_caught(sized: Sized) -> None:
    # A connection kept for each variant makes many A/A runs false, most of the first twenty. One
    # connection for both sides, new every round, makes none.
    runs = sized(8, 20)
    assert connection_of_its_own(runs, shared=False) > sized(2, 10)
    assert connection_of_its_own(runs, shared=True) == 0


def test_effect_of_the_connection_is_left_to_the_rounds(sized: Sized) -> None:
    # Each round's connection favours one side by 3 % (standard deviation). The pairs alone are
    # sure of too narrow an interval; with the rounds' opinion 99 % of runs cover the truth.
    covered = alone = 0
    runs = sized(8, 100)
    for seed in range(runs):
        world = World(seed, noise=0.05, connection_noise=0.03 / math.sqrt(2))
        case = aa(world).expectations[0].cases[0]
        assert case.interval is not None
        covered += case.interval[0] <= 1 <= case.interval[1]
        alone += pairs_alone_cover(seed)

    assert covered >= 0.99 * runs
    assert alone < covered


def pairs_alone_cover(seed: int) -> bool:
    """Return whether the sign sequence alone covers the truth of 2,000 pairs in 40 rounds."""
    generator = np.random.default_rng(seed)
    sequence, rounds = SignSequence(0.005), generator.normal(0, 0.03, 40)
    values = (np.repeat(rounds, 50) + generator.normal(0, 0.05, 2_000)).tolist()
    for size in range(50, 2_001, 50):
        sequence.look(values[:size])
    low, high = sequence.interval
    return low <= 0 <= high and sequence._low <= sequence._high


def welch(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether a t-test of two samples has p < 5 %, by the normal approximation."""
    error = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return bool(abs(one.mean() - other.mean()) > 1.96 * error)


def test_peeking_with_ordinary_p_values_is_caught(sized: Sized) -> None:
    runs, false_t, false_sign = sized(60, 400), 0, 0
    generator = np.random.default_rng(6)
    for _ in range(runs):
        one, other = np.exp(generator.normal(0, 0.15, (2, 4_000)))
        looks = np.unique(np.geomspace(10, 4_000, 200).astype(int))
        false_t += any(welch(one[:n], other[:n]) for n in looks)
        log_ratios, sequence = np.log(other / one), SignSequence(0.01)
        for n in looks:
            sequence.look(log_ratios[:n].tolist())
        false_sign += not sequence._low <= 0 <= sequence._high

    assert false_t > 0.2 * runs
    assert false_sign <= 0.01 * runs


@pytest.mark.parametrize("speed", [drifting, bursty])
def test_disturbed_machine_gives_the_same_verdicts(
    speed: Callable[[float], float], sized: Sized
) -> None:
    for seed in range(sized(2, 10)):
        world = World(seed, noise=0.1, speed=speed)
        assert aa(world).verdict == Verdict.SUPPORTED
        world = World(seed, noise=0.1, speed=speed)
        result = run_in(world, two_sided(world, 0.0024, 0.002, EQUAL))
        assert result.verdict == Verdict.REFUTED
        assert result.expectations[0].value is not None
        assert result.expectations[0].value > 1


def test_first_one_then_the_other_would_be_fooled_by_drift() -> None:
    # The usual method on the drifting machine: identical code, first A then B.
    world = World(1, noise=0.1, speed=drifting)
    times: list[list[float]] = []
    for name in ("one", "other"):
        units = []
        for _ in range(500):
            start = world.clock()
            world.work(name, 0.002)
            units.append(world.clock() - start)
        times.append(units)

    assert welch(np.array(times[0]), np.array(times[1]))
