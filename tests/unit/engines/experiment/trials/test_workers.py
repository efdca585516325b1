"""Workers: they start together, record their history, and return."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from nexus.engines.experiment import NullBench, VariantError
from nexus.engines.experiment.model.variant import Variant
from nexus.engines.experiment.trials import workers as workers_module
from nexus.engines.experiment.trials.workers import GIVE_UP_AFTER, Trial, WorkerPool

WORKERS = 4


class ThreadBench(NullBench):
    """A bench that records which threads opened and closed a connection."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.closed: list[int] = []

    def open(self) -> None:
        self.opened.append(threading.get_ident())

    def close(self) -> None:
        self.closed.append(threading.get_ident())


def trial_of(
    function: Callable[[Any], Any], subject: object = None, limit_s: float = 10.0
) -> Trial:
    return Trial(Variant("variant", "variant", baseline=False, function=function), subject, limit_s)


@contextmanager
def pool_of(workers: int = WORKERS, bench: NullBench | None = None) -> Iterator[WorkerPool]:
    with WorkerPool(workers, bench or NullBench(), time.perf_counter) as pool:
        yield pool


def no_check() -> None:
    """Let the race continue."""


def test_workers_attempt_at_the_same_time() -> None:
    # Every attempt waits for one of each other worker: sequential workers would wait for ever.
    meeting = threading.Barrier(WORKERS)
    run = trial_of(lambda _: meeting.wait(timeout=20) < 0)

    with pool_of() as pool:
        pool.run(run, no_check)

    assert sorted(attempt.worker for attempt in run.attempts) == list(range(WORKERS))
    assert max(a.start_s for a in run.attempts) <= min(a.end_s for a in run.attempts)
    assert all(attempt.start_s >= 0 for attempt in run.attempts)
    assert run.duration_s == max(attempt.end_s for attempt in run.attempts)


def test_worker_attempts_until_there_is_no_more() -> None:
    left, lock = [10], threading.Lock()

    def take(_: object) -> bool:
        with lock:
            left[0] -= 1
            return left[0] >= 0

    run = trial_of(take)
    with pool_of() as pool:
        pool.run(run, no_check)

    outcomes = [attempt.outcome for attempt in run.attempts]
    assert outcomes.count("true") == 10
    assert outcomes.count("false") == WORKERS
    for history in run.histories:
        assert [a.attempt for a in history] == list(range(1, len(history) + 1))
        assert [a.outcome for a in history][-1] == "false"
    assert run.throughput == pytest.approx(10 / run.duration_s)


def test_worker_that_raises_goes_on_with_a_fresh_connection() -> None:
    bench, raised = ThreadBench(), threading.Event()

    def fail_once(_: object) -> bool:
        if not raised.is_set():
            raised.set()
            raise TimeoutError("canceling statement due to statement timeout")
        return False

    run = trial_of(fail_once)
    with pool_of(1, bench) as pool:
        pool.run(run, no_check)

    first, second = run.attempts
    assert (first.outcome, second.outcome) == ("unknown", "false")
    assert first.error == "TimeoutError: canceling statement due to statement timeout"
    assert len(bench.opened) == 1


def test_worker_that_only_raises_gives_up() -> None:
    def fail(_: object) -> bool:
        raise ZeroDivisionError

    run = trial_of(fail)
    with pool_of(2) as pool:
        pool.run(run, no_check)

    assert [len(history) for history in run.histories] == [GIVE_UP_AFTER] * 2
    assert {attempt.outcome for attempt in run.attempts} == {"unknown"}


def test_worker_without_end_is_stopped_between_attempts() -> None:
    run = trial_of(lambda _: True, limit_s=0.05)

    with pool_of(2) as pool:
        pool.run(run, no_check)

    for history in run.histories:
        assert history[-1].outcome == "unknown"
        assert "limit of 0.05 s" in history[-1].error
        # On a busy machine a worker may begin when the limit is over: then it has one attempt.
        assert {attempt.outcome for attempt in history[:-1]} <= {"true"}
    assert run.duration_s >= 0.05


def test_nothing_done_counts_as_half_an_attempt() -> None:
    run = trial_of(lambda _: False)

    with pool_of(2) as pool:
        pool.run(run, no_check)

    assert run.throughput == pytest.approx(0.5 / run.duration_s)


def test_answer_that_is_no_truth_value_ends_the_run() -> None:
    with pool_of(2) as pool, pytest.raises(VariantError, match="returned None; an attempt returns"):
        pool.run(trial_of(lambda _: None), no_check)


def test_worker_that_never_returns_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_module, "STUCK_S", 0.05)
    free = threading.Event()
    try:
        with pool_of(2) as pool, pytest.raises(VariantError, match="2 of 2 workers did not return"):
            pool.run(trial_of(lambda _: not free.wait(timeout=30), limit_s=0.05), no_check)
    finally:
        free.set()


def test_check_ends_a_race_early() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    run = trial_of(lambda _: True, limit_s=60)
    with pytest.raises(KeyboardInterrupt), pool_of(2) as pool:
        pool.run(run, stop)

    assert run.stop.is_set()


def test_each_worker_has_a_connection_and_closes_it() -> None:
    bench = ThreadBench()

    with pool_of(WORKERS, bench) as pool:
        pool.connect(no_check)
        pool.connect(no_check)

    assert len(set(bench.opened)) == WORKERS
    assert len(bench.opened) == 2 * WORKERS
    assert sorted(bench.closed) == sorted(set(bench.opened))


def test_failing_connection_is_raised_where_it_is_waited_for() -> None:
    class Unreachable(NullBench):
        def open(self) -> None:
            raise ConnectionError("no server")

    with pool_of(2, Unreachable()) as pool, pytest.raises(ConnectionError, match="no server"):
        pool.connect(no_check)
