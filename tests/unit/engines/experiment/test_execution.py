"""The result of a run: one JSON document with everything in it."""

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from nexus.engines.experiment import (
    AtLeast,
    Counted,
    Equal,
    LabError,
    NullBench,
    Result,
    run,
    unavailable,
)
from tests.support.nonempty import nonempty
from tests.support.simulation import World, run_in, two_sided

KEYS = {
    "schema", "lab", "title", "design", "form", "verdict", "as_declared", "expectations",
    "variants", "labels", "baseline", "cases", "noise_floor", "control", "pressure", "seed",
    "parts", "environment", "started_at", "duration_s", "samples",
}  # fmt: skip

EXPECTATION_KEYS = {
    "claim", "kind", "verdict", "declared", "variant", "against", "measure", "value", "interval",
    "bar", "unit", "sentence", "reason", "cases",
}  # fmt: skip


@pytest.fixture
def result() -> Result:
    world = World(1)
    lab = two_sided(
        world,
        0.004,
        0.002,
        AtLeast("sides.faster", "fast", ratio=1.5),
        Equal("sides.equal", "fast", declared="refuted"),
        Counted("sides.queries", "fast", "queries", 0),
    )
    return run_in(world, lab, packages={"django": "5.2"})


def numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float):
        yield value


def test_document_is_plain_json(result: Result) -> None:
    document = result.to_document()

    assert set(document) == KEYS
    assert document == json.loads(json.dumps(document, allow_nan=False))
    assert all(math.isfinite(number) for number in numbers(document))
    assert document["schema"] == "nexus.run/1"


def test_expectations_have_every_field(result: Result) -> None:
    document: Any = result.to_document()
    for expectation in nonempty(document["expectations"]):
        assert set(expectation) == EXPECTATION_KEYS
        assert expectation["sentence"]
        assert expectation["cases"]


def test_overall_verdict_and_what_was_declared(result: Result) -> None:
    # One claim is refuted, as its author declared, which confirms the page.
    assert result.to_document()["verdict"] == "supported"
    assert result.as_declared


def test_verdict_other_than_declared_is_noticed() -> None:
    world = World(1)
    lab = two_sided(world, 0.002, 0.002, AtLeast("sides.faster", "fast", ratio=1.5))

    assert not run_in(world, lab).as_declared


def test_environment_names_machine_bench_and_packages(result: Result) -> None:
    assert {"django": "5.2", "database": "none"}.items() <= result.document.environment.items()
    assert {"cpu", "cores", "kernel", "python", "steal"} <= set(result.document.environment)


def test_summary_gives_the_time_of_a_call(result: Result) -> None:
    time = result.to_document()["variants"]["slow"]["time"]

    assert time["unit"] == "ms"
    # The noise is 5 % about 4 ms.
    assert time["median"] == pytest.approx(4, rel=0.02)
    assert time["median"] < time["p95"] < time["p99"]
    assert time["by_case"][0]["case"] == {}


def test_tail_of_few_units_is_not_given() -> None:
    world = World(2)
    lab = two_sided(world, 0.3, 0.1, AtLeast("sides.faster", "fast", ratio=1.5))

    fast = run_in(world, lab, form="quick").to_document()["variants"]["fast"]["time"]

    assert fast["n"] == 30
    assert fast["p99"] is None


def test_samples_table_has_a_row_for_each_unit(result: Result) -> None:
    lines = result.samples_csv().splitlines()

    assert lines[0] == "round,pair,comparison,case,variant,position,calls,seconds"
    pairs = result.expectations[0].cases[0].pairs or 0
    assert result.document.control is not None
    assert len(lines) - 1 == 2 * (pairs + result.document.control.pairs)


def test_seed_is_chosen_and_reported_when_none_is_given() -> None:
    seeds = set()
    for _ in range(2):
        world = World(3)
        lab = two_sided(world, 0.004, 0.002, AtLeast("sides.faster", "fast", ratio=1.5))
        seeds.add(run_in(world, lab, seed=None).document.seed)

    assert len(seeds) == 2


def test_bad_lab_is_refused_before_anything_runs() -> None:
    world = World(4)

    with pytest.raises(LabError, match="expects nothing"):
        run_in(world, two_sided(world, 0.004, 0.002))
    assert world.opened == 0


def test_real_clock_measures_real_work() -> None:
    # One variant does four times the other's work; no noise can hide that.
    world = World(5)
    lab = two_sided(world, 0, 0, AtLeast("sides.faster", "quick", ratio=2, over="long"))

    @lab.variant
    def long() -> None:
        sum(range(40_000))

    @lab.variant
    def quick() -> None:
        sum(range(10_000))

    result = run(lab, NullBench(), slug="real", form="quick", seed=1)

    assert result.expectations[0].interval is not None
    assert result.expectations[0].interval[1] > 2


def test_run_that_cannot_begin_says_why_of_every_claim() -> None:
    lab = two_sided(World(1), 0.004, 0.002, AtLeast("sides.faster", "fast", ratio=1.5))

    result = unavailable(lab, slug="sides", form="quick", seed=3, reason="Start PostgreSQL.")

    document = result.to_document()
    assert document == json.loads(json.dumps(document, allow_nan=False))
    assert document["verdict"] == "unavailable"
    assert [(outcome.claim, outcome.reason) for outcome in result.expectations] == [
        ("sides.faster", "Start PostgreSQL.")
    ]
    assert not result.as_declared
    assert result.samples_csv() == "\n"
