"""Run documents as JSON: writing, and reading those of this and earlier releases."""

import json
from pathlib import Path
from typing import Any

import pytest

from nexus.engines.experiment import AtLeast, Counted, Equal, RunDocument, Verdict
from nexus.engines.experiment.document.json_form import read, upgrade, write
from tests.support.simulation import World, run_in, two_sided


@pytest.fixture
def stored() -> dict[str, Any]:
    """A document as it was stored before there were parts."""
    text = Path(__file__).with_name("before_parts.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.fixture(scope="module")
def document() -> RunDocument:
    world = World(1)
    claims = (
        AtLeast("sides.faster", "fast", ratio=1.5),
        Equal("sides.equal", "fast", declared="refuted"),
        Counted("sides.queries", "fast", "queries", 0),
    )
    return run_in(world, two_sided(world, 0.004, 0.002, *claims), form="quick").document


def test_written_document_is_read_again(document: RunDocument) -> None:
    assert read(json.loads(json.dumps(write(document)))) == document


def test_top_repeats_what_the_parts_measured(document: RunDocument) -> None:
    written = write(document)
    (part,) = written["parts"]

    for name in ("design", "expectations", "variants", "labels", "baseline", "cases", "control"):
        assert written[name] == part[name]
    assert written["noise_floor"] == part["noise_floor"]


def test_optional_figures_are_left_out_where_there_are_none(document: RunDocument) -> None:
    faster, _, queries = write(document)["expectations"]

    assert {"pairs", "rounds", "outliers"} <= set(faster["cases"][0])
    assert not {"pairs", "trials", "span"} & set(queries["cases"][0])
    assert queries["cases"][0]["predicted"] == 0


def test_document_without_parts_is_read_as_one_part(stored: dict[str, Any]) -> None:
    document = read(stored)
    (part,) = document.parts

    assert "parts" not in stored
    assert part.design == "comparison"
    assert [outcome.claim for outcome in part.expectations] == [
        "two-sided.faster",
        "two-sided.equal",
        "two-sided.queries",
    ]
    assert document.verdict == Verdict.SUPPORTED
    assert part.expectations[0].cases[0].pairs == stored["expectations"][0]["cases"][0]["pairs"]
    assert part.variants["fast"]["time"].median == stored["variants"]["fast"]["time"]["median"]
    assert document.noise_floor == stored["noise_floor"]
    assert document.control is not None
    assert document.control.void is None


def test_upgrade_keeps_every_field_and_adds_the_part(stored: dict[str, Any]) -> None:
    upgraded = upgrade(stored)

    assert stored.items() <= upgraded.items()
    assert upgraded["parts"][0]["expectations"] == stored["expectations"]
    assert upgrade(upgraded) == upgraded


def test_old_document_is_written_with_all_its_figures(stored: dict[str, Any]) -> None:
    written = write(read(stored))

    assert stored == {name: written[name] for name in stored}


@pytest.mark.parametrize("json_document", [{}, {"expectations": 3, "variants": []}, {"parts": []}])
def test_document_cut_short_is_read_as_far_as_it_goes(json_document: dict[str, Any]) -> None:
    document = read(json_document)

    assert document.expectations == ()
    assert document.variants == {}
    assert document.noise_floor is None


def test_unknown_verdict_decides_nothing() -> None:
    (outcome,) = read({"expectations": [{"claim": "a.b", "verdict": "perhaps"}]}).expectations

    assert outcome.verdict == Verdict.INCONCLUSIVE
