"""How reliable the verdicts of a lab of growth are, with a known truth."""

from collections import Counter
from collections.abc import Callable

import pytest

from nexus.engines.experiment import AtLeast, Exponent, Result, Verdict
from tests.support.simulation import World, bursty, drifting, growing, run_in, seeking, skipping

STEEP = Exponent("depths.steep", "slow", at_least=0.8)
FLAT = Exponent("depths.flat", "fast", at_most=0.1)
DEEP = AtLeast("depths.deep", "fast", ratio=10, case={"depth": 1_000_000})

Sized = Callable[[int, int], int]


def verdicts(result: Result) -> dict[str, str]:
    return {outcome.claim: str(outcome.verdict) for outcome in result.expectations}


def test_drifting_machine_gives_the_same_verdicts(sized: Sized) -> None:
    for seed in range(sized(2, 5)):
        world = World(seed, noise=0.1, speed=drifting)
        result = run_in(world, growing(world, skipping, seeking, STEEP, FLAT, DEEP))
        assert set(verdicts(result).values()) == {"supported"}


def test_bursts_never_turn_a_verdict(sized: Sized) -> None:
    found: Counter[str] = Counter()
    runs = sized(2, 5)
    for seed in range(runs):
        world = World(seed, noise=0.1, speed=bursty)
        result = run_in(world, growing(world, skipping, seeking, STEEP, FLAT, DEEP))
        found.update(verdicts(result).values())

    assert found["refuted"] == 0
    # Three claims in each run; two of fifteen may need more than the budget.
    assert found["supported"] >= 3 * runs - 2


def test_step_is_no_growth_in_proportion_on_a_bursty_machine(sized: Sized) -> None:
    # The bursts hide how flat the curve is on either side of its step.
    for seed in range(sized(2, 5)):
        world = World(seed, noise=0.1, speed=bursty)
        lab = growing(world, lambda depth: 0.002 if depth <= 100_000 else 0.02, seeking, STEEP)
        assert run_in(world, lab, seed=seed).verdict == Verdict.INCONCLUSIVE


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_interval_covers_the_true_exponent(exponent: float, sized: Sized) -> None:
    # Units differ by 10 %, and every connection favours some sizes of each variant by 5 %.
    runs, missed = sized(4, 30), 0
    for seed in range(runs):
        world = World(seed, noise=0.1, connection_noise=0.05)
        lab = growing(
            world,
            lambda depth: 0.002 * (depth / 1_000) ** exponent,
            seeking,
            Exponent("depths.any", "slow", at_least=exponent + 0.5),
        )
        outcome = run_in(world, lab, form="quick", seed=seed).expectations[0]
        assert outcome.verdict != Verdict.SUPPORTED
        for case in outcome.cases:
            assert case.interval is not None
            missed += not case.interval[0] <= exponent <= case.interval[1]

    assert missed <= 0.01 * 4 * runs
