"""Runs in templates: texts, plots drawn once, boxes that the keyboard can reach."""

from types import SimpleNamespace
from typing import Any

import pytest

from nexus.web.templatetags import verdicts
from tests.support.nonempty import nonempty


def document() -> dict[str, Any]:
    return {
        "baseline": "lazy",
        "expectations": [
            {
                "claim": claim,
                "kind": "count",
                "measure": "queries",
                "verdict": "supported",
                "declared": "supported",
                "sentence": "2 queries",
                "reason": "",
            }
            for claim in ("a.one", "a.two")
        ],
        "variants": {"lazy": {"queries": {"median": 2}}},
    }


def run(number: int = 1) -> SimpleNamespace:
    claims = {"a.one": SimpleNamespace(sentence="One claim.")}
    return SimpleNamespace(id=number, verdict="supported", document=document(), claims=claims)


def claim_block(claim: str, of: SimpleNamespace | None) -> dict[str, Any]:
    return {"kind": "claim", "claim": SimpleNamespace(id=claim, run=of)}


def test_findings_take_the_sentence_from_the_claim_or_else_its_id() -> None:
    entries = verdicts.findings(run())
    expected = ["One claim.", "a.two"]
    assert expected == [entry["claim"] for entry in entries]


def test_findings_of_a_run_without_document_are_none() -> None:
    assert verdicts.findings(SimpleNamespace(document=None, claims={})) == []


def test_illustrate_draws_a_shared_picture_once() -> None:
    blocks = [claim_block("a.one", run()), claim_block("a.two", run())]
    first, second = verdicts.illustrate(blocks)
    assert first["picture"] is not None
    assert second["picture"] is None


def test_illustrate_draws_again_for_another_run() -> None:
    blocks = [claim_block("a.one", run(1)), claim_block("a.two", run(2))]
    assert all(block["picture"] for block in nonempty(verdicts.illustrate(blocks)))


def test_illustrate_leaves_what_was_never_run() -> None:
    blocks = [claim_block("a.one", None), {"kind": "html", "html": "<p></p>"}]
    pictures = [block["picture"] for block in verdicts.illustrate(blocks)]
    assert pictures == [None, None]


def test_announcement_says_verdict_and_effects() -> None:
    expected = "Verdict: supported. 2 queries. 2 queries."
    assert expected == verdicts.announcement(run())


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (83.4, "83 s"), (120, "2 min"), (200, "3 min 20 s"), (None, "an unknown time")],
)
def test_duration_in_words(seconds: float | None, expected: str) -> None:
    assert expected == verdicts.duration(seconds)


@pytest.mark.parametrize(("share", "expected"), [(0.426, "43"), (-1, "0"), (7, "100"), (None, "0")])
def test_hundredths_stay_on_the_scale(share: float | None, expected: str) -> None:
    assert expected == verdicts.hundredths(share)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [("none in 40", "None in 40."), ("Done.", "Done."), ("", ""), (None, "")],
)
def test_sentence_begins_and_ends(phrase: str | None, expected: str) -> None:
    assert expected == verdicts.sentence(phrase)


@pytest.mark.parametrize(
    ("state", "shape", "word"),
    [
        ("not run", "□", "not yet run here"),
        ("reported", "○", "reported, not tested here yet"),
        ("stale", "↻", "stale"),
        ("running", "", "running"),
    ],
)
def test_states_without_a_verdict_have_a_shape_and_a_word(
    state: str, shape: str, word: str
) -> None:
    assert shape == verdicts.shape(state)
    assert word == verdicts.verdict_word(state)


def test_boxed_lets_the_keyboard_reach_tables_and_code() -> None:
    html = verdicts.boxed("<table><tr></tr></table><pre>code</pre>")
    assert html.count('tabindex="0"') == 2
    assert html.index('<div class="scroll"') < html.index("<table>")
    assert "</table></div>" in html
