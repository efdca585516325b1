"""The command's output for a result document."""

from typing import Any

import pytest

from nexus.cli import labs
from nexus.cli.terminal import out
from nexus.engines.experiment.document.json_form import read


def document(*verdicts: str, as_declared: bool) -> dict[str, Any]:
    found = [{"claim": "a.b", "verdict": verdict} for verdict in verdicts]
    return {"expectations": found, "as_declared": as_declared}


@pytest.mark.parametrize(
    ("verdicts", "as_declared", "code"),
    [
        (["supported"], True, 0),
        (["supported", "refuted"], True, 0),
        (["supported", "refuted"], False, 1),
        (["supported", "inconclusive"], False, 2),
        (["refuted", "inconclusive"], False, 1),
        (["unavailable"], False, 2),
    ],
)
def test_exit_code(verdicts: list[str], *, as_declared: bool, code: int) -> None:
    given = document(*verdicts, as_declared=as_declared)
    for item in given["expectations"]:
        item["declared"] = item["verdict"] if as_declared else "supported"
    assert code == labs.exit_code(given)


def shown(variants: dict[str, Any], cases: list[dict[str, Any]]) -> str:
    with out.capture() as captured:
        document = read({"variants": variants, "cases": cases, "labels": {"a": "the a"}})
        out.print(labs.table(document.parts[0]))
    return captured.get()


def test_table_has_a_row_for_each_case() -> None:
    by_case = [{"median": 3}, {"median": 1200}]
    text = shown({"a": {"queries": {"unit": "queries", "by_case": by_case}}}, [{"n": 1}, {"n": 2}])
    rows = [line.split() for line in text.splitlines()]
    assert rows == [
        ["Variant", "Case", "queries"],
        ["the", "a", "n", "1", "3"],
        ["n", "2", "1,200"],
    ]


def test_table_leaves_out_what_a_variant_has_not() -> None:
    text = shown(
        {
            "a": {"time": {"unit": "ms", "median": 1.5}},
            "b": {"oversold": {"unit": "oversold", "total": 7, "median": 2}},
        },
        [{}],
    )
    rows = [line.split() for line in text.splitlines()]
    assert rows == [["Variant", "time,", "ms", "oversold"], ["the", "a", "1.5"], ["b", "7"]]
