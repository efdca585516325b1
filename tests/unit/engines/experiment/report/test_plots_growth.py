"""The plot of a lab of growth: every round's points, slopes, bars, and the same in the table."""

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nexus.engines.experiment.document.json_form import read
from nexus.engines.experiment.report.plots import pictures
from nexus.engines.experiment.report.wording import case_label
from tests.unit.engines.experiment.report.test_plots import (
    SVG,
    boxes,
    by_case,
    classed,
    counted,
    only,
    overlap,
    parse,
    words,
)

DEPTHS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)


def exponent(claim: str, variant: str, asks: str, bar: float, value: float) -> dict[str, Any]:
    return {
        "claim": claim,
        "kind": "growth",
        "verdict": "supported",
        "variant": variant,
        "measure": "time",
        "bar": bar,
        "sentence": f"grows like depth^{value}",
        "cases": [
            {
                "case": {"depth": "100,000 to 1,000,000"},
                "span": "last decade",
                "asks": asks,
                "verdict": "supported",
                "value": value,
                "interval": [value - 0.05, value + 0.05],
            },
            {"case": {"depth": "1,000 to 1,000,000"}, "span": "all sizes", "value": value - 0.1},
        ],
    }


def growth() -> dict[str, Any]:
    def times(milliseconds: dict[int, float]) -> dict[str, Any]:
        return {
            "unit": "ms",
            "by_case": [
                {"case": {"depth": depth}, "median": value, "rounds": [value * 0.9, value * 1.1]}
                for depth, value in milliseconds.items()
            ],
        }

    return {
        "baseline": "offset",
        "labels": {"keyset": "keyset", "offset": "offset"},
        "expectations": [
            exponent("depth.grows", "offset", "at least", 0.8, 1.0),
            exponent("depth.flat", "keyset", "at most", 0.1, -0.02),
        ],
        "variants": {
            "keyset": {"time": times(dict.fromkeys(DEPTHS, 0.5))},
            "offset": {"time": times({depth: depth / 1_000 for depth in DEPTHS})},
        },
    }


def places(element: ET.Element) -> list[tuple[float, float]]:
    return [
        (float(x), float(y))
        for x, y in (point.split(",") for point in element.attrib["points"].split())
    ]


def test_growth_claims_share_one_picture_with_both_axes_logarithmic() -> None:
    picture = only(growth())
    root = parse(picture.svg)
    assert picture.claims == ("depth.grows", "depth.flat")
    assert {"ms a call (log axis)", "depth (log axis)"} <= set(words(root))
    assert "at least 0.8, at most 0.1" in picture.caption


def test_growth_lines_have_the_slopes_of_their_times() -> None:
    root = parse(only(growth()).svg)
    naive, fix = (places(line) for line in classed(root, "series"))
    # A thousand times the size is a thousand times the time, on axes of different lengths.
    slopes = [
        (y - further_y) / (further_x - x) for (x, y), (further_x, further_y) in pairwise(naive)
    ]
    assert pytest.approx([slopes[0]] * 6, rel=0.02) == slopes
    assert len({y for _, y in fix}) == 1


def test_growth_draws_every_round_of_every_size() -> None:
    root = parse(only(growth()).svg)
    naive, fix = classed(root, "cloud")
    assert [naive.attrib["d"].count("M"), fix.attrib["d"].count("M")] == [14, 14]
    assert naive.attrib["class"] == "cloud v0"


def test_growth_bar_begins_at_the_last_decade_with_the_slope_of_the_claim() -> None:
    root = parse(only(growth()).svg)
    (naive, _), (steep, flat) = classed(root, "series"), classed(root, "bar")
    line, bar = places(naive), places(steep)
    assert pytest.approx(line[4], abs=0.1) == bar[0]
    assert pytest.approx(0.8, abs=0.01) == (bar[0][1] - bar[1][1]) / (line[4][1] - line[6][1])
    assert places(flat)[0][1] > places(flat)[1][1]


def test_growth_names_its_lines_with_their_slopes() -> None:
    root = parse(only(growth()).svg)
    assert [element.text for element in classed(root, "name")] == ["offset", "keyset"]
    figures = [element.text for element in classed(root, "name-figure")]
    assert figures == ["slope 1.00", "slope \N{MINUS SIGN}0.02"]
    placed = boxes([*classed(root, "name"), *classed(root, "name-figure"), *classed(root, "tick")])
    assert not any(overlap(a, b) for i, a in enumerate(placed) for b in placed[i + 1 :])
    assert all(right <= 420 for _, _, right, _ in placed)


def test_growth_table_has_every_time_and_every_exponent() -> None:
    table = only(growth()).table
    assert table.headers == ("Case", "offset, ms", "keyset, ms")
    assert len(table.rows) == 9
    assert table.rows[0] == ("depth 1,000", "1", "0.5")
    assert table.rows[-2] == (
        "exponent, depth 100,000 to 1,000,000",
        "1.00, 0.95 to 1.05",
        "\N{MINUS SIGN}0.02, \N{MINUS SIGN}0.07 to 0.03",
    )


def test_growth_alternative_text_states_the_result() -> None:
    root = parse(only(growth()).svg)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert "offset grows like depth^1.0" in (title.text or "")
    assert "The claim: at least 0.8. Verdict: supported." in (description.text or "")


def test_growth_without_times_has_no_picture() -> None:
    document = growth()
    document["variants"] = {}
    assert pictures(read(document)) == ()


def test_growth_of_many_rounds_stays_light() -> None:
    document = growth()
    for variant in document["variants"].values():
        for case in variant["time"]["by_case"]:
            case["rounds"] = [case["median"]] * 2_000
    assert len(only(document).svg) < 30_000


def test_counts_over_many_sizes_have_marks_apart() -> None:
    document = growth()
    document["expectations"] = [counted("offset", "a.b", "50 rows")]
    document["variants"] = {"offset": {"queries": {"by_case": by_case(dict.fromkeys(DEPTHS, 50))}}}
    root = parse(only(document).svg)
    marks = [e for e in classed(root, "tick") if e.get("text-anchor") == "middle"]
    placed = boxes(marks)
    assert not any(overlap(a, b) for i, a in enumerate(placed) for b in placed[i + 1 :])
    assert [marks[0].text, marks[-1].text] == ["1,000", "10⁶"]


def test_case_is_written_with_its_thousands_apart() -> None:
    assert case_label({"page_size": 100_000, "order": "name"}) == "page size 100,000, order name"
