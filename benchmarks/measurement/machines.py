"""Machines whose noise is known: simulated ones, which take no time, and the real one."""

import math
import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nexus.engines.experiment import Comparison, Equal, Needs, NullBench

if TYPE_CHECKING:
    from multiprocessing.synchronize import Semaphore

__all__ = ["NOISES", "Machine", "RealMachine", "Side", "disturbed", "record_noise", "two_sides"]

UNIT_S = 0.002

BATCH = 4_096
"""Random numbers drawn at once."""

UNIT_ITERATIONS = 20_000
"""Additions in a real unit: about a millisecond."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of a simulated machine.

    `unit` and `connection` are standard deviations of logarithms: of each unit, and of each side's
    speed on a connection. `heavy` lengthens units by a multiple of Student's t with 2 degrees of
    freedom instead, which has no standard deviation at all. `speed` is how many times longer
    everything takes at a moment in seconds.
    """

    unit: float
    connection: float = 0.0
    heavy: bool = False
    speed: Callable[[float], float] | None = None


def _drift(now: float) -> float:
    """Fall to half the speed in ten seconds, as a hot processor does."""
    return 1 + now / 10


def _bursts(now: float) -> float:
    """Have another program take two thirds of the machine for 30 of every 100 ms."""
    return 3.0 if now % 0.1 < 0.03 else 1.0  # noqa: PLR2004 -- when it runs


NOISES: dict[str, Noise] = {
    # A pair's ratio then has a standard deviation of 15 %.
    "normal": Noise(unit=0.15 / math.sqrt(2)),
    "heavy tails": Noise(unit=0.05, heavy=True),
    "drift": Noise(unit=0.05, speed=_drift),
    "bursts": Noise(unit=0.05, speed=_bursts),
    # The ratio of a round then has a standard deviation of 3 %.
    "rounds 3 %": Noise(unit=0.15 / math.sqrt(2), connection=0.03 / math.sqrt(2)),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a run: its name and what its unit takes, as a multiple of the other side's."""

    name: str
    times: float


class Machine(NullBench):
    """A simulated machine: a clock that its own work drives.

    With `recording` (relative durations of units in the order they were measured) the noise is
    played back from a random moment on instead of being drawn.
    """

    def __init__(self, noise: Noise, seed: int, recording: np.ndarray | None = None) -> None:
        self._noise = noise
        self._random = np.random.default_rng([seed, 1])
        self._recording = recording
        self._next = int(self._random.integers(len(recording))) if recording is not None else BATCH
        self._drawn: list[float] = recording.tolist() if recording is not None else []
        self._now = 0.0
        self._speeds: dict[str, float] = {}

    def clock(self) -> float:
        """Return the machine's time in seconds."""
        return self._now

    def open(self) -> None:
        """Draw each side's speed on the new connection."""
        self._speeds = {}

    def work(self, side: Side) -> None:
        """Do one unit of a side's work."""
        if side.name not in self._speeds:
            deviation = self._noise.connection * self._random.standard_normal()
            self._speeds[side.name] = math.exp(deviation)
        factor = self._factor() * self._speeds[side.name] * side.times
        speed = self._noise.speed(self._now) if self._noise.speed else 1.0
        self._now += UNIT_S * factor * speed

    def _factor(self) -> float:
        if self._next >= len(self._drawn):
            self._next = 0
            if self._recording is None:
                self._drawn = self._draw().tolist()
        self._next += 1
        return self._drawn[self._next - 1]

    def _draw(self) -> np.ndarray:
        if self._noise.heavy:
            return 1 + self._noise.unit * np.abs(self._random.standard_t(2, BATCH))
        return np.exp(self._noise.unit * self._random.standard_normal(BATCH))


class RealMachine(NullBench):
    """This machine, kept busy by additions."""

    clock = staticmethod(time.perf_counter)

    def work(self, side: Side) -> None:
        """Do one unit of a side's work."""
        sum(range(round(UNIT_ITERATIONS * side.times)))


def two_sides(machine: Machine | RealMachine, effect: float) -> Comparison:
    """Return a lab whose baseline takes `effect` times as long as its only variant."""
    lab = Comparison(title="Two sides", data=None, needs=Needs(1, 1, 20))
    one, other = Side("one", effect), Side("other", 1.0)

    @lab.variant(baseline=True)
    def baseline() -> None:
        machine.work(one)

    @lab.variant
    def variant() -> None:
        machine.work(other)

    lab.expect(Equal("measurement.equal", "variant", within=0.05))
    return lab


def record_noise(seconds: float) -> np.ndarray:
    """Return the relative durations of real units, one after another for `seconds`."""
    machine, side = RealMachine(), Side("one", 1.0)
    durations, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        machine.work(side)
        durations.append(time.perf_counter() - start)
    noise: np.ndarray = np.array(durations) / np.median(durations)
    return noise


@contextmanager
def disturbed() -> Iterator[None]:
    """Keep a process for each core busy in bursts of 20 to 300 ms, half of the time.

    The processes end with the context, and with this process.
    """
    context = multiprocessing.get_context("spawn")
    arrived = context.Semaphore(0)
    neighbours = [
        context.Process(target=_neighbour, args=(seed, arrived), daemon=True)
        for seed in range(os.cpu_count() or 1)
    ]
    for neighbour in neighbours:
        neighbour.start()
    try:
        for _ in neighbours:
            arrived.acquire()
        yield
    finally:
        for neighbour in neighbours:
            neighbour.terminate()
            neighbour.join()


def _neighbour(seed: int, arrived: "Semaphore") -> None:
    arrived.release()
    bursts = random.Random(seed)  # noqa: S311 -- noise, not a secret
    while True:
        until = time.perf_counter() + bursts.uniform(0.02, 0.3)
        while time.perf_counter() < until:
            pass
        time.sleep(bursts.uniform(0.02, 0.3))
