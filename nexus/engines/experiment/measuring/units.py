"""The unit of measurement: a call, or as many calls as make it long enough to be timed."""

import gc
import math
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

from nexus.engines.experiment.model.errors import VariantError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nexus.engines.experiment.measuring.progress import Clock
    from nexus.engines.experiment.model.lab import Case, Variant

__all__ = ["calibrate", "call_variant", "quiet_memory", "time_unit"]

SHORTEST_S = 0.001
LONGEST_S = 0.005
SHORTEST_TICK_S = 1e-9
"""What a clock too coarse to see a unit is taken to have seen."""

PROBES = 3
MOST_CALLS = 100_000


def call_variant(variant: "Variant", case: "Case") -> object:
    """Call `variant` once. Raise VariantError, with the reason, when it raises."""
    try:
        return variant.function(**case)
    except Exception as error:
        raise variant_error(variant, case, error) from error


def variant_error(variant: "Variant", case: "Case", error: Exception) -> VariantError:
    """Return the sentence that says which variant failed, where and how."""
    where = ", ".join(f"{name} {value}" for name, value in case.items())
    return VariantError(
        f"The variant {variant.name} failed{f' at {where}' if where else ''}: "
        f"{type(error).__name__}: {error}; mend it and run again."
    )


def time_unit(variant: "Variant", case: "Case", calls: int, clock: "Clock") -> float:
    """Return how many seconds `calls` calls take together. Raise VariantError when one raises."""
    call: Callable[[], Any] = partial(variant.function, **case)
    try:
        start = clock()
        for _ in repeat(None, calls):
            call()
        seconds = clock() - start
    except Exception as error:
        raise variant_error(variant, case, error) from error
    return max(seconds, SHORTEST_TICK_S)


def calibrate(one: "Variant", other: "Variant", case: "Case", clock: "Clock") -> tuple[int, float]:
    """Return how many calls make a unit of 1 to 5 ms, and the seconds such a pair takes.

    Both variants get the same number of calls: enough for 1 ms of the faster, unless the slower
    would then take over 5 ms. A call that takes longer stands alone.
    """
    calls = 1
    while True:
        best = [_best(variant, case, calls, clock) for variant in (one, other)]
        if max(best) >= SHORTEST_S or calls >= MOST_CALLS:
            break
        calls *= 4
    faster, slower = min(best) / calls, max(best) / calls
    wanted = min(math.ceil(SHORTEST_S / faster), int(LONGEST_S / slower), MOST_CALLS)
    calls = max(1, wanted)
    return calls, calls * (faster + slower)


def _best(variant: "Variant", case: "Case", calls: int, clock: "Clock") -> float:
    """Return the shortest of some tries; a unit that is long anyway is tried once."""
    best = time_unit(variant, case, calls, clock)
    for _ in range(PROBES - 1):
        if best > LONGEST_S:
            break
        best = min(best, time_unit(variant, case, calls, clock))
    return best


@contextmanager
def quiet_memory() -> "Iterator[None]":
    """Keep the garbage collector out of the units, and leave it afterwards as it was."""
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
