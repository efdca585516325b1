"""A simulated machine: calls take random times and no real time passes."""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nexus.engines.experiment import Comparison, Growth, Needs, Result, run

NEEDS = Needs(disk_mb=1, memory_mb=1, time_s=1)

DEPTHS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
"""Three decades of a size, three of its values in the last."""


class FakeClock:
    """A clock that advances only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class World:
    """A machine, a connection and their noise; also the bench that labs run on.

    `noise` and `connection_noise` are standard deviations of logarithms. `speed` returns how many
    times longer everything takes at a time (in seconds). `toll` is called with the number of the
    call on this connection and returns seconds that this call takes on top.
    """

    def __init__(
        self,
        seed: int,
        *,
        noise: float = 0.05,
        connection_noise: float = 0.0,
        speed: Callable[[float], float] = lambda _: 1.0,
        toll: Callable[[int], float] = lambda _: 0.0,
    ) -> None:
        self.clock = FakeClock()
        # Not the run's own seed, which its coin uses.
        self.random = random.Random(f"world {seed}")  # noqa: S311 -- a simulation
        self.noise, self.connection_noise = noise, connection_noise
        self.speed, self.toll = speed, toll
        self.opened = self.closed = self.settled = 0
        self.counts: dict[str, int] = {}
        self.reset_connection()

    def reset_connection(self) -> None:
        self.calls: dict[str, int] = {}
        self.factors: dict[str, float] = {}

    def work(self, name: str, seconds: float) -> None:
        """Let the variant `name` take about `seconds`."""
        count = self.calls[name] = self.calls.get(name, 0) + 1
        if name not in self.factors:
            self.factors[name] = math.exp(self.random.gauss(0, self.connection_noise))
        factor = math.exp(self.random.gauss(0, self.noise)) * self.factors[name]
        self.clock.advance(seconds * factor * self.speed(self.clock.now) + self.toll(count))

    def open(self) -> None:
        self.opened += 1
        self.reset_connection()

    def close(self) -> None:
        self.closed += 1

    @contextmanager
    def counting(self) -> Iterator[Mapping[str, int]]:
        self.counts = {"queries": 0}
        yield self.counts

    def settle(self) -> None:
        self.settled += 1

    def describe(self) -> Mapping[str, str]:
        return {"database": "none"}


def two_sided(world: World, one_s: float, other_s: float, *claims: Any) -> Comparison:
    """Return a lab whose baseline `slow` takes `one_s` a call and whose `fast` takes `other_s`."""
    lab = Comparison(title="Two sides", data=None, needs=NEEDS)

    @lab.variant(baseline=True)
    def slow() -> None:
        world.work("slow", one_s)

    @lab.variant
    def fast() -> None:
        world.work("fast", other_s)

    lab.expect(*claims)
    return lab


def growing(
    world: World, slow_s: Callable[[int], float], fast_s: Callable[[int], float], *claims: Any
) -> Growth:
    """Return a lab whose variants take so many seconds a call at a depth; `slow` is the baseline.

    The noise of a connection is drawn for each variant at each depth.
    """
    lab = Growth(title="Depths", data=None, needs=NEEDS, size="depth", sizes=DEPTHS)

    @lab.variant(baseline=True)
    def slow(depth: int) -> None:
        world.work(f"slow {depth}", slow_s(depth))

    @lab.variant
    def fast(depth: int) -> None:
        world.work(f"fast {depth}", fast_s(depth))

    lab.expect(*claims)
    return lab


def run_in(world: World, lab: Comparison, **options: Any) -> Result:
    """Run `lab` in `world`, on its clock, with no pressure on the CPU."""
    options = {"slug": "two-sided", "seed": 7, "pressure": lambda: 0.0, **options}
    return run(lab, world, clock=world.clock, **options)


def skipping(depth: int) -> float:
    """Return a fixed cost plus a time for every row, as for an offset."""
    return 0.0006 + 1.5e-7 * depth


def seeking(_: int) -> float:
    """Return the same time for every depth, as for a keyset."""
    return 0.0006


def drifting(now: float) -> float:
    """Return a speed that falls to half over ten seconds, as a hot processor's does."""
    return 1 + now / 10


def bursty(now: float) -> float:
    """Return a speed that another program quarters for 30 of every 100 milliseconds."""
    return 4.0 if now % 0.1 < 0.03 else 1.0
