"""Progress: never backwards, never past the end, and the way to stop."""

import pytest

from nexus.engines.experiment import Cancelled, Progress
from nexus.engines.experiment.measuring.progress import Watch
from tests.support.simulation import FakeClock


def test_done_is_the_share_of_time_that_has_passed() -> None:
    clock, reports = FakeClock(), list[Progress]()
    watch = Watch(clock, 100, reports.append)

    clock.advance(10)
    watch.report("measuring", 30, at_once=True)

    assert reports == [Progress("measuring", 0.25, 30)]


def test_done_never_goes_back_when_the_budget_grows() -> None:
    clock, reports = FakeClock(), list[Progress]()
    watch = Watch(clock, 100, reports.append)

    clock.advance(10)
    watch.report("measuring", 10, at_once=True)
    watch.report("measuring", 40, at_once=True)

    assert [progress.done for progress in reports] == [0.5, 0.5]


def test_remaining_ends_with_the_limit() -> None:
    clock, reports = FakeClock(), list[Progress]()
    watch = Watch(clock, 15, reports.append)

    clock.advance(10)
    watch.report("measuring", 40, at_once=True)
    over = [watch.over]
    clock.advance(5)
    watch.report("done", 40, at_once=True)
    over.append(watch.over)

    assert over == [False, True]
    assert [progress.remaining_s for progress in reports] == [5, 0]
    assert reports[-1].done == 1


def test_tell_in_a_hurry_tells_once() -> None:
    reports = list[Progress]()
    watch = Watch(FakeClock(), 100, reports.append)

    for _ in range(5):
        watch.report("measuring", 10)

    assert len(reports) == 1


def test_check_raises_when_cancelled() -> None:
    answers = iter([False, True])
    watch = Watch(FakeClock(), 100, cancelled=lambda: next(answers))

    watch.check()
    with pytest.raises(Cancelled):
        watch.check()
