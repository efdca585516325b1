"""Labs of trials, on shelves in memory with forced races."""

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from nexus.engines.experiment import (
    AtLeast,
    Cancelled,
    Equal,
    Expectation,
    LabError,
    Never,
    NullBench,
    Occurs,
    OracleError,
    Result,
    Trials,
    VariantError,
    Verdict,
    run,
)
from tests.support.simulation import NEEDS, FakeClock

WORKERS = 3
STOCK = 6

NEVER = Never("shelf.never", "locked", "oversold")
OCCURS = Occurs("shelf.naive", "naive", "oversold")


class Shelf:
    """Pieces on a shelf; all workers can be made to look before any takes one."""

    def __init__(self) -> None:
        self.left, self.sold = STOCK, 0
        self.lock = threading.Lock()
        self.everyone_looked = threading.Barrier(WORKERS)


class SharedClock(FakeClock):
    """A fake clock that several threads may advance."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def advance(self, seconds: float) -> None:
        with self.lock:
            self.now += seconds


def take_unlocked(shelf: Shelf) -> bool:
    """Look, wait until all have looked, take: the race itself."""
    seen = shelf.left
    shelf.everyone_looked.wait(timeout=20)
    if seen < 1:
        return False
    with shelf.lock:
        shelf.sold += 1
    shelf.left = seen - 1
    shelf.everyone_looked.wait(timeout=20)
    return True


def take_locked(shelf: Shelf) -> bool:
    with shelf.lock:
        if shelf.left < 1:
            return False
        shelf.left -= 1
        shelf.sold += 1
        return True


def shelf_lab(
    *claims: Expectation,
    naive: Callable[[Shelf], bool] = take_unlocked,
    locked: Callable[[Shelf], bool] = take_locked,
    **options: float,
) -> Trials:
    lab = Trials(title="A shelf", data=None, needs=NEEDS, workers=WORKERS, **options)  # type: ignore[arg-type]
    lab.prepare(Shelf)
    lab.variant(baseline=True)(named("naive", naive))
    lab.variant(named("locked", locked))
    lab.inspect(lambda shelf: {"sold": shelf.sold, "oversold": max(0, shelf.sold - STOCK)})
    lab.expect(*claims)
    return lab


def named(name: str, function: Callable[[Shelf], bool]) -> Callable[[Shelf], bool]:
    def variant(shelf: Shelf) -> bool:
        return function(shelf)

    variant.__name__ = name
    return variant


def run_lab(lab: Trials, **options: object) -> Result:
    options = {"form": "quick", "seed": 3, "pressure": lambda: None, **options}
    return run(lab, NullBench(), slug="shelf", **options)  # type: ignore[arg-type]


def test_race_is_provoked_and_the_fix_never_fails() -> None:
    result = run_lab(shelf_lab(OCCURS, NEVER))

    occurs, never = result.expectations
    # All three sell the piece that all three saw: 18 of 6 in each of the 12 trials.
    assert occurs.sentence == "oversold in 12 of 12 trials, 144 in all"
    assert never.sentence == "none in 12 trials (at most 25 % at 95 %); naive: oversold in 12 of 12"
    assert [occurs.verdict, never.verdict] == [Verdict.SUPPORTED] * 2
    assert never.interval == (0.0, 0.25)
    assert result.as_declared
    assert result.verdict == Verdict.SUPPORTED


def test_naive_variant_in_place_of_the_fix_is_refuted() -> None:
    outcome = run_lab(shelf_lab(NEVER, locked=take_unlocked)).expectations[0]

    assert outcome.verdict == Verdict.REFUTED
    assert outcome.sentence == "oversold in 12 of 12 trials, 144 in all"


def test_race_that_was_not_provoked_is_inconclusive() -> None:
    outcomes = run_lab(shelf_lab(OCCURS, NEVER, naive=take_locked)).expectations

    assert [outcome.verdict for outcome in outcomes] == [Verdict.INCONCLUSIVE] * 2
    assert all("race was not provoked" in outcome.reason for outcome in outcomes)


def test_never_may_be_compared_with_another_naive_variant() -> None:
    lab = shelf_lab(
        Never("shelf.never", "locked", "oversold", against="careless"), naive=take_locked
    )
    lab.variant(named("careless", take_unlocked))

    assert run_lab(lab).verdict == Verdict.SUPPORTED


def test_full_form_runs_more_trials() -> None:
    outcome = run_lab(shelf_lab(NEVER), form="full").expectations[0]

    assert outcome.cases[0].trials == 30
    assert "none in 30 trials (at most 10 % at 95 %)" in outcome.sentence


def test_unknown_outcomes_are_kept_and_the_final_state_decides() -> None:
    def take_then_fail(shelf: Shelf) -> bool:
        if not take_locked(shelf):
            return False
        raise TimeoutError("the answer was lost")

    result = run_lab(shelf_lab(NEVER, locked=take_then_fail))

    never = result.expectations[0]
    assert never.verdict == Verdict.SUPPORTED
    # In each of 12 trials, each of 6 pieces was sold without a response to its buyer.
    assert never.cases[0].unknown == 72
    rows = list(csv.DictReader(io.StringIO(result.samples_csv())))
    lost = [row for row in rows if row["outcome"] == "unknown"]
    assert len(lost) == 72
    assert {row["error"] for row in lost} == {"TimeoutError: the answer was lost"}


class Mall:
    """What all trials share: open during all of them, and recording the order of events."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.events: list[str] = []
        self.fault = fault

    @contextmanager
    def opened(self) -> Iterator["Mall"]:
        if self.fault:
            raise self.fault
        self.events.append("open")
        try:
            yield self
        finally:
            self.events.append("close")

    def shelf(self) -> Shelf:
        self.events.append("trial")
        return Shelf()


def lab_in(mall: Mall, naive: Callable[[Shelf], bool] = take_unlocked) -> Trials:
    lab = shelf_lab(NEVER, naive=naive)
    lab.around(mall.opened)
    lab.prepare(lambda shared: shared.shelf())
    return lab


def test_what_trials_share_is_open_from_the_first_to_the_last() -> None:
    mall = Mall()

    assert run_lab(lab_in(mall)).verdict == Verdict.SUPPORTED
    # Twelve blocks of two variants.
    assert mall.events == ["open", *["trial"] * 24, "close"]


def test_what_trials_share_is_closed_when_the_run_is_cancelled() -> None:
    mall = Mall()

    with pytest.raises(Cancelled):
        run_lab(lab_in(mall), cancelled=lambda: "trial" in mall.events)
    assert mall.events == ["open", "trial", "close"]


def test_what_trials_share_is_closed_when_a_variant_fails() -> None:
    def fail(shelf: Shelf) -> bool:
        raise OSError(f"{shelf.left} left")

    mall = Mall()

    with pytest.raises(VariantError, match="Every attempt"):
        run_lab(lab_in(mall, naive=fail))
    assert mall.events[-1] == "close"


def test_failure_of_what_trials_share_is_reported() -> None:
    with pytest.raises(VariantError, match="around failed: OSError: no key"):
        run_lab(lab_in(Mall(OSError("no key"))))


def test_oracle_before_the_trials_stops_the_run() -> None:
    with pytest.raises(OracleError, match=r"^a lone client was refused$"):
        run_lab(lab_in(Mall(OracleError("a lone client was refused"))))


def timed(clock: SharedClock, seconds: float) -> Callable[[Shelf], bool]:
    def take(shelf: Shelf) -> bool:
        clock.advance(seconds)
        return take_locked(shelf)

    return take


def test_throughput_is_compared_within_blocks() -> None:
    clock = SharedClock()
    claims = (
        AtLeast("shelf.cheaper", "locked", ratio=1.5, measure="throughput"),
        Equal("shelf.equal", "other", over="locked", measure="throughput"),
    )
    lab = shelf_lab(*claims, naive=timed(clock, 0.002), locked=timed(clock, 0.001))
    lab.variant(named("other", timed(clock, 0.001)))

    result = run_lab(lab, clock=clock)

    cheaper, equal = result.expectations
    # The same nine attempts of 2 ms and of 1 ms one after another: exactly twice the throughput.
    assert cheaper.value == pytest.approx(2, rel=0.01)
    assert (cheaper.verdict, cheaper.kind) == (Verdict.SUPPORTED, "throughput")
    assert (equal.verdict, equal.kind) == (Verdict.SUPPORTED, "equal")
    assert result.document.control is not None
    assert result.document.control.value == pytest.approx(1, rel=0.01)
    # Both opponents, naive and locked, run a second time in each block for the control.
    assert len(result.expectations[0].cases) == 1
    assert result.document.control.pairs == 2 * cheaper.cases[0].pairs  # type: ignore[operator]


def test_throughput_of_a_wrong_variant_is_refused() -> None:
    clock = SharedClock()
    lab = shelf_lab(
        NEVER,
        AtLeast("shelf.cheaper", "naive", ratio=1.5, over="locked", measure="throughput"),
        locked=timed(clock, 0.002),
    )

    outcome = run_lab(lab).expectations[1]

    assert outcome.verdict == Verdict.REFUTED
    assert "fast wrong answer is no fix: naive oversold in" in outcome.reason


def test_history_belongs_to_its_trial_with_what_inspect_counted() -> None:
    result = run_lab(shelf_lab(NEVER))

    rows = list(csv.DictReader(io.StringIO(result.samples_csv())))
    trials = {row["trial"] for row in rows}
    assert len(trials) == 24
    for trial in trials:
        own = [row for row in rows if row["trial"] == trial]
        done = sum(row["outcome"] == "true" for row in own)
        assert {str(done)} == {row["sold"] for row in own}
    # Each block runs both variants once, in an order that changes.
    orders = {
        tuple(dict.fromkeys(r["variant"] for r in rows if r["block"] == str(b)))
        for b in range(1, 13)
    }
    assert orders == {("naive", "locked"), ("locked", "naive")}


def test_summary_has_every_count_and_the_throughput() -> None:
    measures = run_lab(shelf_lab(NEVER)).to_document()["variants"]

    assert isinstance(measures, dict)
    oversold = measures["naive"]["oversold"]
    assert {"total": 144, "trials_with": 12, "n": 12, "median": 12.0}.items() <= oversold.items()
    assert measures["naive"]["throughput"]["n"] == 12
    assert measures["locked"]["time"]["n"] == 12 * STOCK


def test_document_of_trials_is_json() -> None:
    document = run_lab(shelf_lab(OCCURS, NEVER)).to_document()

    assert document == json.loads(json.dumps(document, allow_nan=False))
    assert (document["design"], document["samples"]) == ("trials", None)


def test_limit_before_enough_blocks_is_inconclusive() -> None:
    clock = SharedClock()

    def slow(shelf: Shelf) -> bool:
        clock.advance(60)
        return take_locked(shelf)

    result = run_lab(shelf_lab(NEVER, locked=slow), clock=clock)

    assert result.expectations[0].verdict == Verdict.INCONCLUSIVE
    assert (
        "of 12 blocks of trials fit into the lab's limit of 120 s" in result.expectations[0].reason
    )


def test_variant_that_always_fails_ends_the_run() -> None:
    def broken(_: Shelf) -> bool:
        raise AttributeError("no such column")

    with pytest.raises(VariantError, match=r"Every attempt of locked failed.*no such column"):
        run_lab(shelf_lab(NEVER, locked=broken))


@pytest.mark.parametrize("part", ["prepare", "inspect"])
def test_failing_part_of_the_lab_is_named(part: str) -> None:
    def fail(*_: object) -> dict[str, int]:
        raise RuntimeError("no table")

    lab = shelf_lab(NEVER)
    getattr(lab, part)(fail)

    with pytest.raises(VariantError, match=f"The lab's {part} failed: RuntimeError: no table"):
        run_lab(lab)


@pytest.mark.parametrize(
    ("counted", "fault"),
    [
        ({"sold": 1}, 'event "oversold", which inspect does not count; it counts sold'),
        ({"oversold": -1}, "none of them negative"),
        (None, "let it return a dictionary"),
    ],
)
def test_inspect_that_counts_wrongly_is_named(counted: object, fault: str) -> None:
    lab = shelf_lab(NEVER)
    lab.inspect(lambda _: counted)

    with pytest.raises(LabError, match=fault):
        run_lab(lab)


def test_cancelled_trials_stop() -> None:
    asked = iter(range(10**9))

    with pytest.raises(Cancelled):
        run_lab(shelf_lab(NEVER), cancelled=lambda: next(asked) > 5)

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker ")]
