"""The plots hold for any document: short, cut off, equal, huge."""

import math
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nexus.engines.experiment.document.json_form import read, write
from nexus.engines.experiment.report.evidence import answers, control, other_work
from nexus.engines.experiment.report.plots import SHARED, SINGLE, pictures
from nexus.engines.experiment.report.plots.axes import counts_axis, ratio_axis
from nexus.engines.experiment.report.plots.svg import shorten, spread
from nexus.engines.experiment.report.table import (
    counts_table,
    expectations_table,
    measures_table,
    timings_table,
)
from nexus.engines.experiment.report.wording import compact

figures = st.one_of(
    st.none(),
    st.floats(min_value=1e-9, max_value=1e15),
    st.integers(0, 10**9),
    st.sampled_from([float("nan"), float("inf"), -1.0, 0.0]),
)
intervals = st.one_of(st.none(), st.lists(figures, min_size=0, max_size=3))
cases = st.dictionaries(
    st.text(max_size=12), st.one_of(st.integers(), st.text(max_size=30)), max_size=3
)
odd_cases = st.fixed_dictionaries(
    {
        "case": cases,
        "value": figures,
        "interval": intervals,
        "pairs": figures,
        "verdict": st.text(max_size=9),
        "span": st.sampled_from(["last decade", "all sizes", ""]),
        "asks": st.sampled_from(["at least", "at most", ""]),
    }
)
odd_expectations = st.fixed_dictionaries(
    {
        "claim": st.text(max_size=20),
        "kind": st.sampled_from(sorted([*SINGLE, *SHARED, "else"])),
        "measure": st.sampled_from(["time", "throughput", "queries", "oversold"]),
        "variant": st.sampled_from(["a", "b", "c", ""]),
        "against": st.sampled_from(["a", "b", ""]),
        "bar": figures,
        "sentence": st.text(max_size=60),
        "verdict": st.sampled_from(["supported", "refuted", "inconclusive"]),
        "cases": st.lists(odd_cases, max_size=4),
    }
)
sized = st.fixed_dictionaries(
    {
        "case": st.fixed_dictionaries({"depth": st.one_of(figures, st.integers(1, 10**12))}),
        "median": figures,
        "rounds": st.lists(figures, max_size=500),
    }
)
odd_measures = st.fixed_dictionaries(
    {
        "median": figures,
        "total": figures,
        "trials_with": st.one_of(st.none(), st.integers(0, 300)),
        "n": st.one_of(st.none(), st.integers(0, 300)),
        "by_case": st.one_of(
            st.lists(st.fixed_dictionaries({"case": cases, "median": figures}), max_size=4),
            st.lists(sized, max_size=7),
        ),
    }
)
odd_documents = st.fixed_dictionaries(
    {
        "baseline": st.sampled_from(["a", "b", ""]),
        "labels": st.dictionaries(st.sampled_from("abc"), st.text(max_size=40)),
        "expectations": st.lists(odd_expectations, max_size=4),
        "variants": st.dictionaries(
            st.sampled_from("abc"),
            st.dictionaries(st.sampled_from(["queries", "oversold", "time"]), odd_measures),
        ),
    }
)


# One size that is not a number, next to one that is.
DEPTHS = [{"case": {"depth": depth}, "median": 1} for depth in (1.0, math.nan)]


@given(odd_documents)
@example(
    {
        "labels": {"a": "a"},
        "variants": {"a": {"queries": {"by_case": DEPTHS}}},
        "expectations": [{"claim": "c", "kind": "count", "measure": "queries", "variant": "a"}],
    }
)
def test_any_document_is_drawn_inside_its_frame(document: dict[str, Any]) -> None:
    run = read(document)
    for picture in pictures(run):
        root = ET.fromstring(picture.svg)  # noqa: S314 -- our own output
        _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
        for element in root.iter():
            for name, value in element.attrib.items():
                if re.fullmatch(r"c?[xy][12]?", name):
                    limit = width if "x" in name else height
                    assert -0.5 <= float(value) <= limit + 0.5
        assert all(len(row) == len(picture.table.headers) for row in picture.table.rows)
    for table in (expectations_table(run), counts_table(run), timings_table(run)):
        assert table is None or all(len(row) == len(table.headers) for row in table.rows)
    assert measures_table(run.parts[0]).headers
    assert answers(run)
    assert control(run)
    assert other_work(run)
    assert read(write(run)) == run


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=8))
def test_ratio_axis_keeps_order_and_shows_one(values: list[float]) -> None:
    axis = ratio_axis(values, 0, 400)
    places = [axis.at(value) for value in sorted([*values, 1.0])]
    assert places == sorted(places)
    assert places[0] > 0
    assert places[-1] < 400


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=8), st.booleans())
def test_axis_ticks_stand_apart_and_inside(values: list[float], floor: bool) -> None:  # noqa: FBT001 -- drawn by hypothesis
    axis = counts_axis(values, 0, 400, floor=floor)
    places = [axis.at(tick) for tick in axis.ticks(40)]
    assert places
    assert all(b - a >= 40 for a, b in pairwise(places))
    assert all(
        axis.low <= tick <= axis.high or math.isclose(tick, axis.low) for tick in axis.ticks(40)
    )


@given(st.lists(st.floats(0, 100), max_size=5))
def test_spread_keeps_order_gap_and_room(wanted: list[float]) -> None:
    placed = spread(wanted, 20, 0, 100)
    ordered = [place for _, place in sorted(zip(wanted, placed, strict=True))]
    assert all(b - a >= 20 - 1e-6 for a, b in pairwise(ordered))
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in placed)


def test_spread_leaves_what_stands_apart() -> None:
    assert spread([10, 50, 90], 20, 0, 100) == [10, 50, 90]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1001, "1,001"),
        (0.0213, "0.0213"),
        (14.23, "14.2"),
        (123.4, "123"),
        (1e6, "10⁶"),
        (2.5e7, "2.5\N{MULTIPLICATION SIGN}10⁷"),
        (math.inf, "beyond measure"),
    ],
)
def test_number_is_written_for_people(value: float, expected: str) -> None:
    assert expected == compact(value)


def test_shorten_marks_the_cut() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize("bar", [-1.0, 0.0, 1.0, None])
def test_bar_that_is_no_ratio_is_not_drawn(bar: float | None) -> None:
    case = {"case": {}, "value": 2.0, "interval": [1.0, 3.0]}
    finding = {"kind": "equal", "measure": "time", "bar": bar, "cases": [case]}
    (picture,) = pictures(read({"expectations": [finding]}))
    assert 'class="bar"' not in picture.svg
    assert "claim:" not in picture.svg


def test_counts_axis_of_next_to_nothing_still_has_ticks() -> None:
    assert counts_axis([5e-324], 0, 400, floor=True).ticks(40)
