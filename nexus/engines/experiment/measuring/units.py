"""The unit of measurement: a call, or as many calls as make it long enough to be timed."""

import gc
import math
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from nexus.engines.experiment.model.errors import VariantError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nexus.engines.experiment.document.run_document import Case
    from nexus.engines.experiment.measuring.progress import Clock
    from nexus.engines.experiment.model.variant import Variant

__all__ = [
    "CONTROL",
    "MAX_UNIT_S",
    "WARM_UP_CALLS",
    "WARM_UP_S",
    "UnitSample",
    "calibrate",
    "call_variant",
    "quiet_memory",
    "time_unit",
]

MIN_UNIT_S = 0.001
MAX_UNIT_S = 0.005
MIN_TICK_S = 1e-9
"""What a clock too coarse to see a unit is taken to have seen."""

PROBES = 3
MAX_CALLS = 100_000

WARM_UP_S = 0.3

WARM_UP_CALLS = 6
"""Calls of each variant on a new connection; a server may plan each of the first five afresh."""

CONTROL = "control"
"""The name of the control's units in the samples."""


class UnitSample(NamedTuple):
    """One timed unit of `calls` calls. `position` is 1 or 2: its place in the pair."""

    round: int
    pair: int
    comparison: str
    case: int
    variant: str
    position: int
    calls: int
    seconds: float


def call_variant(variant: "Variant", case: "Case") -> object:
    """Call `variant` once. Raises `VariantError`, with the reason, when it raises."""
    try:
        return variant.function(**case)
    except Exception as error:
        raise variant_error(variant, case, error) from error


def variant_error(variant: "Variant", case: "Case", error: Exception) -> VariantError:
    """Return the sentence that says which variant failed, where and how."""
    where = ", ".join(f"{name} {value}" for name, value in case.items())
    return VariantError(
        f"The variant {variant.name} failed{f' at {where}' if where else ''}: "
        f"{type(error).__name__}: {error}; fix it and run again."
    )


def time_unit(variant: "Variant", case: "Case", calls: int, clock: "Clock") -> float:
    """Return the seconds that `calls` calls take. Raises `VariantError` when one raises."""
    call: Callable[[], Any] = partial(variant.function, **case)
    try:
        start = clock()
        for _ in repeat(None, calls):
            call()
        seconds = clock() - start
    except Exception as error:
        raise variant_error(variant, case, error) from error
    return max(seconds, MIN_TICK_S)


def calibrate(
    variant: "Variant", opponent: "Variant", case: "Case", clock: "Clock"
) -> tuple[int, float]:
    """Return how many calls make a unit of 1 to 5 ms, and the seconds such a pair takes.

    Both variants get the same number of calls: enough for 1 ms of the faster, unless the slower
    would then take over 5 ms. A call that takes longer is a unit of its own.
    """
    calls = 1
    while True:
        best = [_best(side, case, calls, clock) for side in (variant, opponent)]
        if max(best) >= MIN_UNIT_S or calls >= MAX_CALLS:
            break
        calls *= 4
    faster, slower = min(best) / calls, max(best) / calls
    calls = max(1, min(math.ceil(MIN_UNIT_S / faster), int(MAX_UNIT_S / slower), MAX_CALLS))
    return calls, calls * (faster + slower)


def _best(variant: "Variant", case: "Case", calls: int, clock: "Clock") -> float:
    """Return the shortest of a few tries; a unit that is long anyway is tried once."""
    best = time_unit(variant, case, calls, clock)
    for _ in range(PROBES - 1):
        if best > MAX_UNIT_S:
            break
        best = min(best, time_unit(variant, case, calls, clock))
    return best


@contextmanager
def quiet_memory() -> "Iterator[None]":
    """Keep the garbage collector out of the units, and restore it afterwards."""
    enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()
