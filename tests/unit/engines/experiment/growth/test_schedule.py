"""The schedule and the verdicts of a lab of growth, on a simulated clock."""

import csv
import io
import json
import random
from collections import Counter
from itertools import groupby, pairwise

import pytest

from nexus.engines.experiment import (
    AtLeast,
    Cancelled,
    Constant,
    Counted,
    Equal,
    Exponent,
    Growth,
    OracleError,
    Progress,
    Result,
    Verdict,
)
from nexus.engines.experiment.growth import schedule as schedule_module
from nexus.engines.experiment.growth.schedule import _Passes
from tests.support.nonempty import nonempty
from tests.support.simulation import (
    DEPTHS,
    NEEDS,
    World,
    growing,
    run_in,
    seeking,
    skipping,
)

STEEP = Exponent("depths.steep", "slow", at_least=0.8)
FLAT = Exponent("depths.flat", "fast", at_most=0.1)
DEEP = AtLeast("depths.deep", "fast", ratio=10, case={"depth": 1_000_000})
SHALLOW = AtLeast("depths.shallow", "fast", ratio=1.5, case={"depth": 1_000})


def rows_of(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.samples_csv())))


def passes_of(result: Result) -> list[list[dict[str, str]]]:
    return [list(rows) for _, rows in groupby(rows_of(result), key=lambda row: row["pair"])]


def verdicts(result: Result) -> dict[str, str]:
    return {outcome.claim: str(outcome.verdict) for outcome in result.expectations}


def test_growth_and_its_absence_are_supported_with_their_intervals() -> None:
    world = World(1)

    result = run_in(world, growing(world, skipping, seeking, STEEP, FLAT, DEEP, SHALLOW))

    assert verdicts(result) == {
        "depths.steep": "supported",
        "depths.flat": "supported",
        "depths.deep": "supported",
        "depths.shallow": "refuted",
    }
    steep, flat, deep, _ = result.expectations
    assert steep.interval is not None
    # The fixed cost takes a little off the exponent of one: 0.98 in the last decade.
    assert steep.interval[0] <= 0.98 <= steep.interval[1]
    assert (steep.unit, steep.bar, steep.kind) == ("exponent", 0.8, "growth")
    assert steep.sentence.startswith("grows like depth^")
    assert ", from 100,000 to 1,000,000; 0.8" in steep.sentence
    assert flat.sentence.startswith("no clear growth: like depth^")
    assert deep.interval is not None
    assert deep.interval[0] <= skipping(1_000_000) / seeking(1_000_000) <= deep.interval[1]


def test_naive_variant_in_place_of_the_fix_turns_the_verdict() -> None:
    world = World(2)

    result = run_in(world, growing(world, skipping, skipping, STEEP, FLAT, DEEP))

    assert verdicts(result) == {
        "depths.steep": "supported",
        "depths.flat": "refuted",
        "depths.deep": "refuted",
    }


def test_claim_of_growth_is_refuted_where_nothing_grows() -> None:
    world = World(3)

    assert run_in(world, growing(world, seeking, seeking, STEEP)).verdict == Verdict.REFUTED


def test_exponent_on_the_bar_is_inconclusive_after_the_budget() -> None:
    world = World(4)
    claim = Exponent("depths.half", "slow", at_least=0.5)

    outcome = run_in(
        world, growing(world, lambda depth: 0.0005 * (depth / 1_000) ** 0.5, seeking, claim)
    ).expectations[0]

    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "the bar, an exponent of 0.50, is still within reach: between 0.4" in outcome.reason
    assert outcome.cases[0].passes == 60


def test_step_is_inconclusive_with_its_reason() -> None:
    world = World(5)

    outcome = run_in(
        world,
        growing(world, lambda depth: 0.001 if depth <= 100_000 else 0.01, seeking, STEEP),
    ).expectations[0]

    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "no power of the depth here: from 300,000 to 1,000,000" in outcome.reason
    assert outcome.cases[0].verdict == Verdict.INCONCLUSIVE


def test_exponent_that_still_rises_is_inconclusive_with_its_reason() -> None:
    world = World(6)

    outcome = run_in(
        world, growing(world, lambda depth: 0.001 * (1 + depth / 300_000), seeking, STEEP)
    ).expectations[0]

    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "over all sizes and moves towards 0.80" in outcome.reason


def test_spans_are_next_to_the_exponent_of_the_claim() -> None:
    world = World(7)

    outcome = run_in(world, growing(world, skipping, seeking, STEEP)).expectations[0]

    assert [(case.case["depth"], case.span) for case in outcome.cases] == [
        ("100,000 to 1,000,000", "last decade"),
        ("1,000 to 1,000,000", "all sizes"),
        ("100,000 to 300,000", "step"),
        ("300,000 to 1,000,000", "step"),
    ]
    assert {case.asks for case in outcome.cases} == {"at least"}
    assert outcome.value == outcome.cases[0].value


def test_clear_growth_stops_early() -> None:
    world = World(8)

    early = run_in(world, growing(world, skipping, seeking, STEEP, FLAT))

    # Ten rounds of three passes, half of the budget.
    assert len(passes_of(early)) == 30


def test_pass_visits_every_size_in_random_order() -> None:
    world = World(9)
    passes = passes_of(run_in(world, growing(world, skipping, seeking, STEEP, FLAT)))

    orders = []
    for rows in nonempty(passes):
        assert len({row["round"] for row in rows}) == 1
        orders.append(tuple(row["case"] for row in rows if row["comparison"] == "control"))
        assert set(orders[-1]) == {"0", "1", "2", "3", "4", "5", "6"}
    assert len(set(orders)) > 20


def test_sides_of_a_size_are_back_to_back_in_random_order() -> None:
    world = World(10)
    firsts: Counter[str] = Counter()
    for rows in passes_of(run_in(world, growing(world, skipping, seeking, STEEP, FLAT))):
        # Ordered as they were measured; position one begins a visit.
        starts = [number for number, row in enumerate(rows) if row["position"] == "1"]
        for start, end in pairwise([*starts, len(rows)]):
            visit = rows[start:end]
            assert len({row["case"] for row in visit}) == 1
            sides = {(row["comparison"], row["variant"]) for row in visit}
            assert len(sides) == len(visit)
            assert ("growth", "fast") in sides
            if len(sides) == 3:
                firsts[f"{visit[0]['comparison']} {visit[0]['variant']}"] += 1

    # A fair die of three sides over 570 throws: more than three standard deviations either way.
    assert len(firsts) == 3
    assert all(0.27 < count / firsts.total() < 0.40 for count in firsts.values())


def test_short_units_are_repeated_and_long_ones_stand_alone() -> None:
    world = World(11)
    rows = passes_of(run_in(world, growing(world, skipping, seeking, STEEP, FLAT)))[0]

    units = Counter((row["comparison"], row["variant"], row["case"]) for row in rows)
    assert {units["growth", "fast", str(number)] for number in range(7)} == {5}
    # 100,000 rows take 15.6 ms.
    assert [units["growth", "slow", str(number)] for number in range(7)] == [5, 5, 5, 5, 1, 1, 1]
    assert {row["calls"] for row in rows if row["case"] == "6" and row["variant"] == "slow"} == {
        "1"
    }


def test_each_round_has_a_connection_of_its_own() -> None:
    world = World(12)
    result = run_in(world, growing(world, skipping, seeking, STEEP, FLAT))

    rounds = {row["round"] for row in rows_of(result)}
    assert len(rounds) == 10
    # One more for the oracle and the counts.
    assert world.opened == 11
    # Between rounds, and once before the first.
    assert world.settled == 10


def test_new_connection_is_warmed_up() -> None:
    # The first six calls of each size on a new connection take 20 ms more, and six calls of the
    # largest fit into the time for warming up. Without noise it is known how long a call takes.
    world = World(13, noise=0.0, toll=lambda call: 0.02 if call <= 6 else 0.0)

    result = run_in(world, growing(world, lambda d: d * 2e-8, seeking, STEEP, FLAT))

    rows = rows_of(result)
    assert rows
    for row in rows:
        call_s = float(row["seconds"]) / int(row["calls"])
        depth = DEPTHS[int(row["case"])]
        expected = depth * 2e-8 if row["variant"] == "slow" else seeking(depth)
        assert call_s == pytest.approx(expected, rel=1e-3)


def test_quick_form_is_shorter() -> None:
    world = World(14)

    result = run_in(world, growing(world, skipping, seeking, STEEP, FLAT), form="quick")

    assert verdicts(result) == {"depths.steep": "supported", "depths.flat": "supported"}
    assert len(passes_of(result)) == 18
    assert result.document.form == "quick"


def test_variant_that_no_claim_times_is_not_timed() -> None:
    world = World(15)
    lab = growing(world, skipping, seeking, STEEP)

    @lab.variant
    def other(depth: int) -> None:
        world.work("other", 1.0 * (depth > 0))

    result = run_in(world, lab)

    assert {row["variant"] for row in rows_of(result)} == {"slow"}
    assert "time" not in result.document.variants["other"]


def test_counts_alone_need_no_passes() -> None:
    world = World(16)
    lab = growing(world, skipping, seeking, Constant("depths.constant", "fast", "queries"))

    result = run_in(world, lab)

    assert result.verdict == Verdict.SUPPORTED
    assert rows_of(result) == []
    assert result.document.control is None


def test_counts_are_a_gate_of_their_own() -> None:
    world = World(17)
    lab = Growth(title="Counts", data=None, needs=NEEDS, size="depth", sizes=DEPTHS)

    @lab.variant(baseline=True)
    def slow(depth: int) -> None:
        world.counts["queries"] = depth
        world.work(f"slow {depth}", skipping(depth))

    @lab.variant
    def fast(depth: int) -> None:
        world.counts["queries"] = 1
        world.work(f"fast {depth}", seeking(depth))

    lab.expect(
        Counted("depths.rows", "slow", "queries", lambda depth: depth),
        Constant("depths.constant", "slow", "queries"),
        AtLeast("depths.fewer", "fast", ratio=1_000, measure="queries"),
        FLAT,
    )

    assert verdicts(run_in(world, lab)) == {
        "depths.rows": "supported",
        "depths.constant": "refuted",
        "depths.fewer": "supported",
        "depths.flat": "supported",
    }


def test_oracle_is_asked_at_every_size() -> None:
    world = World(18)
    lab = Growth(title="Answers", data=None, needs=NEEDS, size="depth", sizes=DEPTHS)

    @lab.variant(baseline=True)
    def slow(depth: int) -> int:
        return depth

    @lab.variant
    def fast(depth: int) -> int:
        return depth if depth < 1_000_000 else 0

    lab.expect(FLAT)

    with pytest.raises(OracleError, match="at depth 1000000"):
        run_in(world, lab)


def test_answers_that_go_wrong_on_the_way_end_the_run() -> None:
    world = World(19)
    lab = Growth(title="Answers", data=None, needs=NEEDS, size="depth", sizes=DEPTHS)

    @lab.variant(baseline=True)
    def slow(depth: int) -> int:
        world.work(f"slow {depth}", 0.001)
        return 1

    @lab.variant
    def fast(depth: int) -> int:
        world.work(f"fast {depth}", 0.001)
        return 1 if world.opened < 5 else 2

    lab.expect(FLAT)

    with pytest.raises(OracleError, match="different answers"):
        run_in(world, lab)


def test_limit_of_the_lab_leaves_too_few_passes() -> None:
    world = World(20)

    result = run_in(world, growing(world, lambda depth: depth * 2e-5, seeking, STEEP, FLAT))

    # Two passes of some 57 s each, after warming up and calibrating, is all that 300 s have.
    assert verdicts(result) == {"depths.steep": "inconclusive", "depths.flat": "inconclusive"}
    assert "are too few for a verdict, and the lab's limit of 300 s" in (
        result.expectations[0].reason
    )
    assert result.expectations[0].sentence == "too few passes to say"
    assert world.clock.now < 400


def test_busy_machine_gets_the_budget_twice() -> None:
    world = World(21, noise=0.3)
    half = Exponent("depths.half", "slow", at_least=0.5)
    lab = growing(world, lambda depth: 0.0005 * (depth / 1_000) ** 0.5, seeking, half)

    result = run_in(world, lab, pressure=lambda: 0.95)

    assert result.document.pressure.extended
    assert len(passes_of(result)) == 120
    assert "CPU pressure 95 %" in result.expectations[0].reason


def test_run_can_be_cancelled() -> None:
    world = World(22)

    with pytest.raises(Cancelled):
        run_in(
            world,
            growing(world, skipping, seeking, STEEP),
            cancelled=lambda: world.clock.now > 3,
        )
    assert world.clock.now < 4
    assert world.closed == 1


def test_progress_never_goes_back_and_ends_with_one() -> None:
    world, reports = World(23), list[Progress]()

    run_in(world, growing(world, skipping, seeking, STEEP), progress=reports.append)

    done = [progress.done for progress in reports]
    assert done == sorted(done)
    assert done[-1] == 1
    assert all(0 <= progress.remaining_s <= 300 for progress in nonempty(reports))


def test_document_has_the_points_of_every_round() -> None:
    world = World(24)

    document = run_in(world, growing(world, skipping, seeking, STEEP, FLAT)).to_document()

    document = json.loads(json.dumps(document))
    assert document["schema"] == "nexus.run/1"
    assert document["design"] == "growth"
    by_case = document["variants"]["slow"]["time"]["by_case"]
    assert [item["case"] for item in by_case] == [{"depth": depth} for depth in DEPTHS]
    assert {len(item["rounds"]) for item in by_case} == {10}
    middle = sorted(by_case[-1]["rounds"])
    assert middle[0] <= by_case[-1]["median"] <= middle[-1]
    assert pytest.approx(1_000 * skipping(1_000_000), rel=0.1) == by_case[-1]["median"]


def test_seed_repeats_the_schedule() -> None:
    orders = []
    for _ in range(2):
        world = World(25)
        rows = rows_of(run_in(world, growing(world, skipping, seeking, STEEP), seed=11))
        orders.append([(row["case"], row["comparison"]) for row in rows])

    assert orders[0] == orders[1]


# Planted faults: each must change a verdict, and the real harness must be right.


class Polluted(World):
    """A machine on which a call takes a tenth of the previous call of the other variant longer."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, noise=0.02)
        self.before = ("", 0.0)

    def work(self, name: str, seconds: float) -> None:
        variant, took = self.before
        own = name.split(maxsplit=1)[0]
        super().work(name, seconds + (0.1 * took if variant not in {"", own} else 0.0))
        self.before = (own, seconds)


def test_caches_that_another_variant_filled_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Polluted(1)
    assert run_in(world, growing(world, skipping, seeking, FLAT, DEEP)).verdict == Verdict.SUPPORTED

    monkeypatch.setattr(schedule_module, "VISITS", 1)
    world = Polluted(1)
    planted = run_in(world, growing(world, skipping, seeking, FLAT, DEEP))
    assert verdicts(planted)["depths.flat"] != "supported"


class Unshuffled(random.Random):
    """A coin that never changes an order."""

    def shuffle(self, *_: object, **__: object) -> None:
        """Change nothing."""


class Tiring(World):
    """A machine that gets slower from unit to unit, and recovers at the smallest size."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, noise=0.02)
        self.last, self.steps = "", 0

    def work(self, name: str, seconds: float) -> None:
        if name != self.last:
            self.last, self.steps = name, self.steps + 1
        if name == "slow 1000":
            self.steps = 0
        super().work(name, seconds * 1.1**self.steps)


def test_sizes_always_in_the_same_order_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "Random", Unshuffled)
    world = Tiring(2)
    planted = run_in(world, growing(world, seeking, seeking, FLAT))
    assert planted.verdict != Verdict.SUPPORTED
    assert planted.expectations[0].cases[0].interval is not None
    assert planted.expectations[0].cases[0].interval[0] > 0.1

    monkeypatch.undo()
    world = Tiring(2)
    assert run_in(world, growing(world, seeking, seeking, FLAT)).verdict != Verdict.REFUTED


@pytest.mark.parametrize(
    ("growth", "reason"), [(0.02, "exponents apart by between 0.0"), (0.0, "% faster")]
)
def test_control_that_differs_voids_every_timing(
    monkeypatch: pytest.MonkeyPatch, growth: float, reason: str
) -> None:
    measure = _Passes._unit

    def favouring(self: _Passes, side: tuple[str, bool], number: int, position: int) -> float:
        # The harness measures the baseline's second turn longer, the more so at large sizes.
        taken = measure(self, side, number, position)
        return taken * 1.1 * DEPTHS[number] ** growth if side[1] else taken

    monkeypatch.setattr(_Passes, "_unit", favouring)
    world = World(3, noise=0.02)

    result = run_in(world, growing(world, skipping, seeking, STEEP, FLAT, DEEP))

    assert set(verdicts(result).values()) == {"inconclusive"}
    assert all("differs" in outcome.reason for outcome in result.expectations)
    assert reason in result.expectations[0].reason


def test_first_calls_of_a_connection_would_flatten_the_curve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Planning takes 20 ms for each of the first six calls, whatever the depth.
    def planning(call: int) -> float:
        return 0.02 if call <= 6 else 0.0

    world = World(4, toll=planning)
    assert run_in(world, growing(world, skipping, seeking, STEEP)).verdict == Verdict.SUPPORTED

    monkeypatch.setattr(schedule_module, "WARM_UP_CALLS", 0)
    monkeypatch.setattr(schedule_module, "VISITS", 1)
    world = World(4, toll=planning)
    assert run_in(world, growing(world, skipping, seeking, STEEP)).verdict != Verdict.SUPPORTED


def test_equal_sides_are_equal_at_a_size() -> None:
    world = World(26)
    equal = Equal("depths.equal", "fast", within=0.1, case={"depth": 1_000})

    assert run_in(world, growing(world, seeking, seeking, equal)).verdict == Verdict.SUPPORTED
