"""The plots of a result document: what is drawn, where, and whether the table says the same."""

import math
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nexus.engines.experiment.document.json_form import read
from nexus.engines.experiment.report.plots import Picture, pictures
from nexus.engines.experiment.report.table import timings_table

SVG = "{http://www.w3.org/2000/svg}"
GLYPH = 16 * 0.56  # the width of a letter that the plots assume
CASES = (10, 50, 200)


def by_case(figures: dict[int, float]) -> list[dict[str, Any]]:
    return [{"case": {"page_size": case}, "median": value} for case, value in figures.items()]


def counted(variant: str, claim: str, sentence: str) -> dict[str, Any]:
    return {
        "claim": claim,
        "kind": "count",
        "verdict": "supported",
        "variant": variant,
        "measure": "queries",
        "sentence": sentence,
    }


def timed(kind: str = "time", **changes: object) -> dict[str, Any]:
    return {
        "claim": "n-plus-one.faster",
        "kind": kind,
        "verdict": "supported",
        "variant": "eager",
        "against": "lazy",
        "measure": "time",
        "bar": 2,
        "sentence": "5.0 times as fast, between 4.0 and 6.0",
        "cases": [
            {
                "case": {"page_size": 10},
                "verdict": "supported",
                "value": 5.0,
                "interval": [4.0, 6.0],
                "pairs": 60,
            },
            {
                "case": {"page_size": 200},
                "verdict": "inconclusive",
                "value": 20.0,
                "interval": None,
                "pairs": 12,
            },
        ],
        **changes,
    }


def comparison(*expectations: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": "nexus.run/1",
        "baseline": "lazy",
        "labels": {"eager": "eager loading", "lazy": "lazy"},
        "expectations": list(expectations),
        "variants": {
            "eager": {"queries": {"median": 2, "by_case": by_case(dict.fromkeys(CASES, 2))}},
            "lazy": {"queries": {"median": 401, "by_case": by_case({c: 1 + 2 * c for c in CASES})}},
        },
    }


def trials(hits: int, n: int, total: int | None) -> dict[str, Any]:
    return {
        "baseline": "naive",
        "labels": {"fix": "row lock", "naive": "naive"},
        "expectations": [
            {
                "claim": "overselling.naive",
                "kind": "events",
                "measure": "oversold",
                "variant": "naive",
                "sentence": "oversold in some trials",
            },
            {
                "claim": "overselling.fix",
                "kind": "events",
                "measure": "oversold",
                "variant": "fix",
                "sentence": "none",
            },
        ],
        "variants": {
            "fix": {"oversold": {"total": 0, "trials_with": 0, "n": n}},
            "naive": {"oversold": {"total": total, "trials_with": hits, "n": n}},
        },
    }


def only(document: dict[str, Any]) -> Picture:
    (picture,) = pictures(read(document))
    return picture


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- our own output


def classed(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def number_at(element: ET.Element, attribute: str) -> float:
    return float(element.attrib[attribute])


def words(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def boxes(elements: Sequence[ET.Element]) -> list[tuple[float, float, float, float]]:
    """Return the box of every line of text: left, top, right, bottom."""
    found = []
    for element in elements:
        width = len(element.text or "") * GLYPH
        left = (
            number_at(element, "x")
            - width * {"start": 0, "middle": 0.5, "end": 1}[element.attrib["text-anchor"]]
        )
        bottom = number_at(element, "y")
        found.append((left, bottom - 16 * 0.8, left + width, bottom))
    return found


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def log_place(root: ET.Element, value: float) -> float:
    """Compute the position of a ratio from two ticks of the axis."""
    ticks = [
        (float((element.text or "").rstrip("×")), number_at(line, "x1"))
        for element, line in zip(
            classed(root, "tick"),
            [e for e in classed(root, "axis") if e.get("x1") == e.get("x2")],
            strict=True,
        )
    ]
    (low, left), (high, right) = ticks[0], ticks[-1]
    share = math.log(value / low) / math.log(high / low)
    return left + share * (right - left)


def test_ratio_bar_lies_where_the_axis_says() -> None:
    root = parse(only(comparison(timed())).svg)
    (bar,) = classed(root, "bar")
    assert pytest.approx(log_place(root, 2), abs=0.1) == number_at(bar, "x1")
    assert "claim: at least 2×" in words(root)
    assert any("log axis" in line for line in words(root))


def test_ratio_point_and_interval_lie_where_the_axis_says() -> None:
    root = parse(only(comparison(timed())).svg)
    points = [number_at(point, "cx") for point in classed(root, "point")]
    assert pytest.approx([log_place(root, 5), log_place(root, 20)], abs=0.1) == points
    (interval,) = classed(root, "interval")
    ends = [number_at(interval, "x1"), number_at(interval, "x2")]
    assert pytest.approx([log_place(root, 4), log_place(root, 6)], abs=0.1) == ends


def test_ratio_equal_claim_draws_both_edges() -> None:
    case: dict[str, Any] = {
        "case": {},
        "verdict": "supported",
        "value": 1.01,
        "interval": [0.99, 1.03],
    }
    picture = only(comparison(timed("equal", bar=1.05, cases=[case])))
    root = parse(picture.svg)
    (band,) = classed(root, "band")
    left, right = (number_at(edge, "x1") for edge in classed(root, "bar"))
    assert pytest.approx(log_place(root, 1 / 1.05), abs=0.1) == left
    assert pytest.approx(log_place(root, 1.05), abs=0.1) == right
    assert pytest.approx(right - left, abs=0.1) == number_at(band, "width")
    assert "claim: equal within 5 %" in words(root)


def test_ratio_without_any_value_has_no_picture() -> None:
    case: dict[str, Any] = {"case": {}, "verdict": "inconclusive", "value": None, "interval": None}
    assert pictures(read(comparison(timed(cases=[case])))) == ()


def test_ratio_table_equals_the_document() -> None:
    table = only(comparison(timed())).table
    assert table.headers == ("Case", "Ratio", "From", "To", "Pairs", "Verdict")
    assert table.rows == (
        ("page size 10", "5.0×", "4.0×", "6.0×", "60", "supported"),
        ("page size 200", "20×", "–", "–", "12", "inconclusive"),
    )


def test_alternative_text_states_the_result() -> None:
    root = parse(only(comparison(timed())).svg)
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert "5.0 times as fast, between 4.0 and 6.0" in (title.text or "")
    assert "page size 10: 5.0×, 4.0× to 6.0×" in (description.text or "")
    assert "Verdict: supported." in (description.text or "")


def test_counts_share_one_picture() -> None:
    picture = only(comparison(counted("lazy", "a.b", "lots"), counted("eager", "a.c", "few")))
    assert picture.claims == ("a.b", "a.c")
    assert picture.table.headers == ("Case", "lazy", "eager loading")
    assert picture.table.rows == (
        ("page size 10", "21", "2"),
        ("page size 50", "101", "2"),
        ("page size 200", "401", "2"),
    )


def test_counts_lines_follow_the_counts() -> None:
    root = parse(only(comparison(counted("lazy", "a.b", "lots"))).svg)
    naive, fix = (element.attrib["points"].split() for element in root.iter(f"{SVG}polyline"))
    heights = [[float(point.split(",")[1]) for point in line] for line in (naive, fix)]
    assert heights[0] == sorted(heights[0], reverse=True)
    assert len(set(heights[1])) == 1
    # On a logarithmic axis equal ratios are equal distances: 101/21 and 401/101.
    first, second = heights[0][0] - heights[0][1], heights[0][1] - heights[0][2]
    assert pytest.approx(math.log(101 / 21) / math.log(401 / 101), rel=0.01) == first / second
    assert "queries (log axis)" in words(root)


def test_counts_close_together_have_a_linear_axis_from_zero() -> None:
    document = comparison(counted("lazy", "a.b", "lots"))
    document["variants"]["lazy"]["queries"]["by_case"] = by_case({10: 4, 50: 8})
    document["variants"]["eager"]["queries"]["by_case"] = by_case({10: 2, 50: 2})
    root = parse(only(document).svg)
    (points,) = (
        e.attrib["points"] for e in root.iter(f"{SVG}polyline") if "v0" in e.attrib["class"]
    )
    low, high = (float(point.split(",")[1]) for point in points.split())
    axis_y = number_at(next(e for e in classed(root, "axis") if e.get("y1") == e.get("y2")), "y1")
    assert pytest.approx(2, rel=0.01) == (axis_y - high) / (axis_y - low)
    assert not any("log" in word for word in words(root) if word.startswith("queries"))


@pytest.mark.parametrize("variants", [2, 3, 5])
def test_counts_names_never_overlap(variants: int) -> None:
    names = [f"a rather long variant {index}" for index in range(variants)]
    document = comparison(counted(names[0], "a.b", "lots"))
    document["labels"] = {name: name for name in names}
    document["baseline"] = names[0]
    document["variants"] = {
        name: {"queries": {"by_case": by_case(dict.fromkeys(CASES, 3))}} for name in names
    }
    root = parse(only(document).svg)
    placed = boxes([*classed(root, "name"), *classed(root, "name-figure")])
    assert len(placed) == 2 * variants
    assert not any(overlap(a, b) for i, a in enumerate(placed) for b in placed[i + 1 :])
    assert all(right <= 420 for _, _, right, _ in placed)


def test_baseline_has_the_same_colour_in_every_picture() -> None:
    document = comparison(timed(), counted("lazy", "a.b", "lots"))
    ratio, counts = (parse(picture.svg) for picture in pictures(read(document)))
    assert {"v1"} == {point.attrib["class"].split()[1] for point in classed(ratio, "point")}
    names = [element.attrib["class"] for element in classed(counts, "name")]
    expected = ["name v0", "name v1"]
    assert expected == names


def test_trials_fill_a_mark_for_each_hit() -> None:
    picture = only(trials(hits=7, n=40, total=93))
    root = parse(picture.svg)
    assert len(classed(root, "hit")) == 7
    assert len(classed(root, "miss")) == 33 + 40
    assert picture.claims == ("overselling.naive", "overselling.fix")
    assert "7 of 40, 93 units" in words(root)
    assert "none in 40" in words(root)
    assert picture.table.rows == (("naive", "40", "7", "93"), ("row lock", "40", "0", "0"))


def test_trials_tell_of_unknown_outcomes() -> None:
    document = trials(hits=7, n=40, total=93)
    assert "unknown" not in only(document).caption
    document["expectations"][0]["cases"] = [{"case": {}, "unknown": 3}]
    assert "unknown outcome: 3;" in only(document).caption


def test_trials_past_eighty_are_a_bar_of_the_right_length() -> None:
    root = parse(only(trials(hits=50, n=200, total=None)).svg)
    naive = [e for e in root.iter(f"{SVG}rect") if "v0" in e.attrib["class"]]
    filled, whole = (number_at(element, "width") for element in naive)
    assert pytest.approx(0.25) == filled / whole


def test_trials_without_any_trial_have_no_picture() -> None:
    assert pictures(read(trials(hits=0, n=0, total=0))) == ()


def test_timings_give_every_case_of_every_variant() -> None:
    document = comparison()
    document["variants"]["lazy"]["time"] = {
        "median": 9.0,
        "unit": "ms",
        "by_case": [{"case": {"page_size": 10}, "median": 9.0, "p95": 12.5, "p99": None, "n": 60}],
    }
    table = timings_table(read(document))
    assert table is not None
    assert table.headers == ("Variant", "Case", "Median, ms", "p95, ms", "p99, ms", "Units timed")
    assert table.rows == (("lazy", "page size 10", "9", "12.5", "–", "60"),)


def test_timings_without_times_are_none() -> None:
    assert timings_table(read(comparison())) is None


def test_markup_in_a_document_is_escaped() -> None:
    document = comparison(timed(sentence='<script>alert("1")</script> & more\x00'))
    document["labels"]["lazy"] = "</svg><b>"
    svg = only(document).svg
    assert "<script" not in svg
    assert "<b>" not in svg
    assert "alert" in ET.tostring(parse(svg), encoding="unicode")


def test_empty_document_has_no_pictures() -> None:
    assert pictures(read({})) == ()
    assert timings_table(read({})) is None
