"""Units: long enough to be timed, the same number of calls on both sides, no garbage collection."""

import gc

import pytest

from nexus.engines.experiment.measuring.units import (
    calibrate,
    call_variant,
    quiet_memory,
    time_unit,
)
from nexus.engines.experiment.model.errors import VariantError
from nexus.engines.experiment.model.variant import Variant
from tests.support.simulation import FakeClock


def taking(clock: FakeClock, seconds: float) -> Variant:
    return Variant("variant", "variant", baseline=False, function=lambda: clock.advance(seconds))


def broken() -> Variant:
    def function(size: int) -> None:
        raise ZeroDivisionError(f"no {size}")

    return Variant("broken", "broken", baseline=False, function=function)


@pytest.mark.parametrize(
    ("one_s", "other_s", "calls"),
    [
        (0.0001, 0.0001, 10),  # ten calls make a millisecond
        (0.0001, 0.0004, 10),  # a millisecond of the faster, four of the slower
        (0.0001, 0.0025, 2),  # the slower would take over five milliseconds with three
        (0.002, 0.002, 1),
        (0.1, 0.0001, 1),  # a slow call stands alone, and so does its opponent's
        (0.000001, 0.000001, 1_000),
    ],
)
def test_calibrate_gives_units_of_milliseconds(one_s: float, other_s: float, calls: int) -> None:
    clock = FakeClock()

    found, pair_s = calibrate(taking(clock, one_s), taking(clock, other_s), {}, clock)

    assert calls == pytest.approx(found, abs=1 if calls > 9 else 0)
    assert pytest.approx(found * (one_s + other_s)) == pair_s


def test_time_unit_is_the_time_of_all_its_calls() -> None:
    clock = FakeClock()

    assert pytest.approx(0.03) == time_unit(taking(clock, 0.01), {}, 3, clock)


def test_time_unit_of_no_time_is_positive() -> None:
    assert time_unit(taking(FakeClock(), 0), {}, 1, FakeClock()) > 0


def test_failing_variant_is_named_with_its_case() -> None:
    sentence = "broken failed at size 3: ZeroDivisionError: no 3; fix it"

    with pytest.raises(VariantError, match=sentence):
        call_variant(broken(), {"size": 3})
    with pytest.raises(VariantError, match=sentence):
        time_unit(broken(), {"size": 3}, 1, FakeClock())


@pytest.mark.parametrize("enabled", [True, False])
def test_quiet_memory_leaves_the_collector_as_it_was(*, enabled: bool) -> None:
    before = gc.isenabled()
    try:
        if enabled:
            gc.enable()
        else:
            gc.disable()
        with quiet_memory():
            assert not gc.isenabled()
            assert gc.get_freeze_count() > 0
        assert enabled == gc.isenabled()
        assert gc.get_freeze_count() == 0
    finally:
        if before:
            gc.enable()
        else:
            gc.disable()


def leave_in_a_hurry() -> None:
    with quiet_memory():
        raise KeyboardInterrupt


def test_quiet_memory_ends_with_an_error_too() -> None:
    with pytest.raises(KeyboardInterrupt):
        leave_in_a_hurry()

    assert gc.isenabled()
