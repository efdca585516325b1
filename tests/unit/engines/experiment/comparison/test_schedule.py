"""The schedule of a comparison, on a simulated clock."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count, pairwise

import pytest

from nexus.engines.experiment import (
    AtLeast,
    Cancelled,
    Comparison,
    Constant,
    Counted,
    Equal,
    LabError,
    OracleError,
    Progress,
    VariantError,
    Verdict,
)
from nexus.engines.experiment.comparison.schedule import CONTROL_SHARE, _Schedule
from tests.support.nonempty import nonempty
from tests.support.simulation import NEEDS, World, run_in, two_sided

TWICE = AtLeast("sides.faster", "fast", ratio=1.5)
EQUAL = Equal("sides.equal", "fast")


def rows_of(csv_text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text)))


def test_faster_variant_is_supported_with_its_interval() -> None:
    world = World(1)

    outcome = run_in(world, two_sided(world, 0.004, 0.002, TWICE)).expectations[0]

    assert outcome.verdict == Verdict.SUPPORTED
    assert outcome.interval is not None
    assert outcome.interval[0] <= 2 <= outcome.interval[1]
    assert " times as fast, between " in outcome.sentence
    assert outcome.reason == ""
    assert outcome.against == "slow"


def test_naive_variant_in_place_of_the_fix_turns_the_verdict() -> None:
    world = World(2)

    outcome = run_in(world, two_sided(world, 0.002, 0.004, TWICE)).expectations[0]

    assert outcome.verdict == Verdict.REFUTED
    assert " times as slow, between " in outcome.sentence


def test_faster_claim_of_equal_sides_is_refuted_as_practically_equal() -> None:
    world = World(3)

    outcome = run_in(world, two_sided(world, 0.002, 0.002, TWICE)).expectations[0]

    assert outcome.verdict == Verdict.REFUTED
    assert "Practically equal" in outcome.reason


def test_equal_sides_are_equal() -> None:
    world = World(4)

    assert run_in(world, two_sided(world, 0.002, 0.002, EQUAL)).verdict == Verdict.SUPPORTED


def test_unequal_sides_are_not_equal() -> None:
    world = World(5)

    assert run_in(world, two_sided(world, 0.0024, 0.002, EQUAL)).verdict == Verdict.REFUTED


def test_effect_on_the_bar_is_inconclusive_after_the_budget() -> None:
    world = World(6)

    result = run_in(world, two_sided(world, 0.003, 0.002, TWICE))

    outcome = result.expectations[0]
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "After 8 s and" in outcome.reason
    rows = rows_of(result.samples_csv())
    pair_s = sum(float(row["seconds"]) for row in rows if row["comparison"] == "fast/slow")
    # Eight seconds of pairs, and no more than one round of 0.2 s beyond.
    assert 8 <= pair_s < 8.3


def test_clear_effect_stops_early() -> None:
    world = World(7)

    run_in(world, two_sided(world, 0.004, 0.002, TWICE))

    # Ten rounds of 0.2 s, a third more for the control at 4/3 of a pair's time, and the warm-up.
    assert world.clock.now < 5


def test_verdict_is_that_of_the_worst_case() -> None:
    world = World(8)
    lab = Comparison(title="Pages", data=None, needs=NEEDS, cases={"size": (1, 2)})

    @lab.variant(baseline=True)
    def slow(size: int) -> None:
        world.work(f"slow {size}", 0.004)

    @lab.variant
    def fast(size: int) -> None:
        world.work(f"fast {size}", 0.002 if size == 1 else 0.004)

    lab.expect(
        AtLeast("sides.all", "fast", ratio=1.5),
        AtLeast("sides.small", "fast", ratio=1.5, case={"size": 1}),
    )
    everywhere, small = run_in(world, lab).expectations

    assert everywhere.verdict == Verdict.REFUTED
    assert [case.verdict for case in everywhere.cases] == [Verdict.SUPPORTED, Verdict.REFUTED]
    assert everywhere.value == everywhere.cases[1].value
    assert "size 2" in everywhere.sentence
    assert small.verdict == Verdict.SUPPORTED
    assert len(small.cases) == 1


def test_pairs_are_back_to_back_in_random_order_on_one_connection() -> None:
    world = World(9)
    rows = rows_of(run_in(world, two_sided(world, 0.004, 0.002, TWICE)).samples_csv())

    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    for first, second in nonempty(pairs):
        assert (first["pair"], first["round"]) == (second["pair"], second["round"])
        assert (first["position"], second["position"]) == ("1", "2")
        assert first["calls"] == second["calls"]
    heads = Counter(first["variant"] for first, _ in pairs if first["comparison"] == "fast/slow")
    # A fair coin over some 300 pairs: 40 to 60 per cent is more than three standard deviations.
    assert 0.4 < heads["fast"] / heads.total() < 0.6
    rounds = {row["round"] for row in rows}
    # One connection a round, and one for the oracle and the counts before.
    assert world.opened == len(rounds) + 1
    assert len(rounds) >= 10


def test_control_has_a_third_of_all_pairs_in_every_round() -> None:
    world = World(10)
    rows = rows_of(run_in(world, two_sided(world, 0.004, 0.002, TWICE)).samples_csv())

    share = sum(row["comparison"] == "control" for row in rows) / len(rows)
    assert pytest.approx(CONTROL_SHARE / (1 + CONTROL_SHARE), abs=0.01) == share
    controls = {row["round"] for row in rows if row["comparison"] == "control"}
    assert controls == {row["round"] for row in rows}
    assert {row["variant"] for row in rows if row["comparison"] == "control"} == {"slow"}


def test_quick_form_takes_fewer_rounds_than_the_full_one() -> None:
    rounds, times = [], []
    for form in ("quick", "full"):
        world = World(11)
        rows = rows_of(
            run_in(world, two_sided(world, 0.004, 0.002, TWICE), form=form).samples_csv()
        )
        rounds.append(len({row["round"] for row in rows}))
        times.append(world.clock.now)

    assert rounds == [6, 10]
    assert times[0] < times[1]


def test_slow_units_get_their_pairs_beyond_the_budget() -> None:
    world = World(12)

    outcome = run_in(world, two_sided(world, 0.3, 0.3, EQUAL)).expectations[0]

    # Eight seconds hold thirteen pairs of 0.6 s; sixty are measured all the same.
    assert outcome.cases[0].pairs == 60


def test_slow_units_on_a_busy_machine_get_their_pairs_twice() -> None:
    world = World(12)

    # A ratio on the edge of equality is settled by no number of pairs.
    result = run_in(world, two_sided(world, 0.315, 0.3, EQUAL), pressure=lambda: 0.9)

    assert result.expectations[0].cases[0].pairs == 120


def test_busy_moment_at_calibration_does_not_shorten_the_rounds() -> None:
    # Everything takes a hundred times longer for the first seven seconds, calibration among them.
    world = World(12, speed=lambda now: 100.0 if now < 7 else 1.0)

    rows = rows_of(run_in(world, two_sided(world, 0.004, 0.002, TWICE)).samples_csv())

    pairs = Counter(row["round"] for row in rows if row["comparison"] == "fast/slow")
    # A round of 0.2 s holds 33 pairs of 6 ms, two rows each.
    assert pairs["10"] == pytest.approx(66, abs=6)


def test_budget_spent_in_the_first_round_does_not_end_the_rounds() -> None:
    # After calibration everything takes fifty times longer: one round outlasts the budget of 8 s.
    world = World(12, speed=lambda now: 50.0 if now > 0.5 else 1.0)

    outcome = run_in(world, two_sided(world, 0.00105, 0.001, EQUAL)).expectations[0]

    assert outcome.cases[0].rounds == 10


def test_cases_take_turns_in_random_order() -> None:
    world = World(8)
    lab = Comparison(title="Pages", data=None, needs=NEEDS, cases={"size": (1, 2)})

    @lab.variant(baseline=True)
    def slow(size: int) -> None:
        world.work(f"slow {size}", 0.04)

    @lab.variant
    def fast(size: int) -> None:
        world.work(f"fast {size}", 0.02)

    lab.expect(TWICE)
    rows = rows_of(run_in(world, lab).samples_csv())

    timed = [row for row in rows if row["comparison"] == "fast/slow"]
    first_cases = {row["round"]: row["case"] for row in reversed(timed)}
    assert set(first_cases.values()) == {"0", "1"}
    # Each turn is a pair of 60 ms, so that the cases change places throughout a round.
    changes = sum(one["case"] != other["case"] for one, other in pairwise(timed[::2]))
    assert changes > len(timed) / 2 / 3


def test_lab_limit_ends_the_run() -> None:
    world = World(13)

    outcome = run_in(world, two_sided(world, 5.0, 5.0, EQUAL)).expectations[0]

    assert world.clock.now < 300 + 40
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "limit of 300 s" in outcome.reason


@pytest.mark.parametrize(("pressure", "seconds"), [(0.9, 16), (0.7, 8), (None, 8)])
def test_busy_machine_gets_the_budget_twice(pressure: float | None, seconds: int) -> None:
    world = World(14)

    result = run_in(world, two_sided(world, 0.003, 0.002, TWICE), pressure=lambda: pressure)

    outcome = result.expectations[0]
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert f"After {seconds} s" in outcome.reason
    assert ("close other programs" in outcome.reason) == (seconds == 16)
    assert result.document.pressure.extended == (seconds == 16)
    assert result.document.pressure.start == pressure


def test_control_with_a_planted_difference_voids_every_timing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, measured = World(15), _Schedule._pair

    def rigged(
        self: _Schedule, comparison: str, sides: tuple[str, str], case: int, calls: int
    ) -> tuple[float, float]:
        own, other = measured(self, comparison, sides, case, calls)
        return (1.1 * own, other) if comparison == "control" else (own, other)

    monkeypatch.setattr(_Schedule, "_pair", rigged)
    result = run_in(world, two_sided(world, 0.004, 0.002, TWICE))

    outcome = result.expectations[0]
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "The control, the baseline compared with itself, differs" in outcome.reason
    assert result.document.control is not None
    assert result.document.noise_floor is not None
    assert result.document.noise_floor > 0.09


def test_noise_floor_is_how_far_the_control_may_be_from_one() -> None:
    world = World(15)

    document = run_in(world, two_sided(world, 0.004, 0.002, TWICE)).document

    control = document.control
    assert control is not None
    assert control.interval is not None
    low, high = control.interval
    assert low <= 1 <= high
    assert not control.void
    assert pytest.approx(max(1 / low, high) - 1) == document.noise_floor


def test_wrong_answer_fails_the_run_whatever_its_speed() -> None:
    world = World(16)
    lab = Comparison(title="Two sides", data=None, needs=NEEDS)

    @lab.variant(baseline=True)
    def slow() -> int:
        world.work("slow", 0.004)
        return 1

    @lab.variant
    def fast() -> int:
        return 2

    lab.expect(TWICE)

    with pytest.raises(OracleError, match="fast and slow give different answers"):
        run_in(world, lab)
    assert world.closed == 1


def test_answer_that_turns_wrong_on_the_way_fails_the_run() -> None:
    world = World(17)
    lab = Comparison(title="Two sides", data=None, needs=NEEDS)
    calls = iter(range(10**9))

    @lab.variant(baseline=True)
    def slow() -> int:
        world.work("slow", 0.004)
        return 1

    @lab.variant
    def fast() -> int:
        world.work("fast", 0.002)
        return 1 if next(calls) < 100 else 2

    lab.expect(TWICE)

    with pytest.raises(OracleError):
        run_in(world, lab)


def test_failing_variant_ends_the_run_with_a_sentence() -> None:
    world = World(18)
    lab = two_sided(world, 0.004, 0.002, TWICE)

    @lab.variant
    def broken() -> None:
        raise KeyError("name")

    with pytest.raises(VariantError, match="The variant broken failed: KeyError: 'name'"):
        run_in(world, lab)
    assert world.closed == 1


@pytest.mark.parametrize("call_s", [0.002, 0.4])
def test_cancelled_run_stops_within_a_second_and_closes(call_s: float) -> None:
    world = World(19)
    lab = two_sided(world, 1.1 * call_s, call_s, EQUAL)
    asked: list[float] = []

    def cancelled() -> bool:
        asked.append(world.clock.now)
        return world.clock.now > 50 * call_s

    with pytest.raises(Cancelled):
        run_in(world, lab, cancelled=cancelled)

    # The results and the counts of two calls each come before anything else.
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert max(gaps) < 1
    assert world.clock.now < 50 * call_s + 1
    assert world.closed == 1


def test_progress_starts_low_ends_at_one_and_names_the_step() -> None:
    world, reports = World(20), list[Progress]()

    run_in(world, two_sided(world, 0.004, 0.002, TWICE), progress=reports.append)

    assert reports[0].done < 0.1
    assert reports[-1] == Progress("done", 1.0, 0)
    assert [progress.done for progress in reports] == sorted(progress.done for progress in reports)
    assert all(0 <= progress.remaining_s <= 300 for progress in reports)
    assert all(progress.step for progress in reports)


def test_same_seed_gives_the_same_order() -> None:
    orders = []
    for seed in (1, 1, 2):
        world = World(21)
        result = run_in(world, two_sided(world, 0.004, 0.002, TWICE), seed=seed)
        orders.append([row["variant"] for row in rows_of(result.samples_csv())][:100])
        assert result.document.seed == seed

    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


class CountingWorld(World):
    """A simulated machine whose connection counts the variants' queries."""

    @contextmanager
    def counting(self) -> Iterator[Mapping[str, int]]:
        self.counts = {"queries": 0}
        yield self.counts

    def query(self, times: int) -> None:
        self.counts["queries"] = self.counts.get("queries", 0) + times


def counting_lab(world: CountingWorld, *claims: Counted | Constant | AtLeast) -> Comparison:
    lab = Comparison(title="Pages", data=None, needs=NEEDS, cases={"size": (10, 50)})

    @lab.variant(baseline=True)
    def lazy(size: int) -> None:
        world.query(1 + size)

    @lab.variant
    def eager(size: int) -> None:
        world.query(2 if size else 0)

    lab.expect(*claims)
    return lab


COUNTS: dict[str, tuple[Callable[[], Counted | Constant | AtLeast], str, str]] = {
    "prediction right": (
        lambda: Counted("pages.lazy", "lazy", "queries", lambda size: 1 + size),
        "supported",
        "11 and 51 queries at size 10 and 50, as predicted",
    ),
    "prediction wrong": (
        lambda: Counted("pages.lazy", "lazy", "queries", lambda size: 11 + 2 * (size - 10)),
        "refuted",
        "51 queries at size 50; 91 predicted",
    ),
    "constant": (
        lambda: Constant("pages.eager", "eager", "queries"),
        "supported",
        "2 queries at every size",
    ),
    "not constant": (
        lambda: Constant("pages.lazy", "lazy", "queries"),
        "refuted",
        "11 and 51 queries at size 10 and 50",
    ),
    "fewer": (
        lambda: AtLeast("pages.fewer", "eager", ratio=5, measure="queries"),
        "supported",
        "2 queries instead of 11 at size 10",
    ),
    "not so much fewer": (
        lambda: AtLeast("pages.fewer", "eager", ratio=6, measure="queries"),
        "refuted",
        "2 queries instead of 11 at size 10",
    ),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_exact(name: str) -> None:
    claim, verdict, sentence = COUNTS[name]
    world = CountingWorld(22)

    result = run_in(world, counting_lab(world, claim()))

    outcome = result.expectations[0]
    assert (verdict, sentence) == (outcome.verdict, outcome.sentence)
    assert outcome.kind == "count"
    # Nothing was timed, so the noise is unknown.
    assert result.to_document()["noise_floor"] is None
    assert result.samples_csv().count("\n") == 1


def test_count_that_does_not_repeat_is_inconclusive() -> None:
    world = CountingWorld(23)
    lab = counting_lab(world, Counted("pages.eager", "cached", "queries", 1))
    calls = count()

    @lab.variant
    def cached(size: int) -> None:
        world.query(next(calls) % 2 if size else 0)

    outcome = run_in(world, lab).expectations[0]

    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "Two calls of cached in a row counted" in outcome.reason


def test_count_that_the_bench_does_not_know_is_refused() -> None:
    world = CountingWorld(24)

    with pytest.raises(LabError, match='"bytes", which is not counted here; expect one of queries'):
        run_in(world, counting_lab(world, Constant("pages.bytes", "eager", "bytes")))
