"""Runs in templates: claims, counts of verdicts, and texts for screen readers."""

from typing import Any

import pytest

from nexus.web.templatetags import verdicts


def run(*states: str, reason: str = "", verdict: str = "supported") -> dict[str, Any]:
    found = [
        {
            "claim": f"lab.claim-{number}",
            "verdict": state,
            "declared": "supported",
            "sentence": f"effect {number}",
            "reason": reason,
        }
        for number, state in enumerate(states)
    ]
    return {"verdict": verdict, "document": {"expectations": found}, "claims": {}}


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (["supported", "supported"], ""),
        (["supported", "refuted", "supported"], "2 supported, 1 refuted"),
        ([], ""),
    ],
)
def test_tally_counts_only_mixed_verdicts(states: list[str], told: str) -> None:
    assert told == verdicts.tally(run(*states))


def test_common_reason_is_the_one_that_all_share() -> None:
    assert verdicts.common_reason(run("inconclusive", "inconclusive", reason="Busy.")) == "Busy."
    mixed = run("inconclusive", "supported", reason="Busy.")
    mixed["document"]["expectations"][1]["reason"] = ""
    assert verdicts.common_reason(mixed) == ""


def test_announcement_of_few_claims_tells_each_effect() -> None:
    assert verdicts.announcement(run("supported")) == "Verdict: supported. Effect 0."


def test_announcement_of_many_claims_counts_them() -> None:
    many = ["supported"] * 9
    assert verdicts.announcement(run(*many)) == "Verdict: supported. All 9 claims."
    mixed = verdicts.announcement(run(*many, "refuted", verdict="refuted"))
    assert mixed == "Verdict: refuted. Of 10 claims: 9 supported, 1 refuted."


def test_findings_without_pictures_stand_one_by_one() -> None:
    groups = verdicts.grouped_findings(run("supported", "refuted"))
    assert [len(group["entries"]) for group in groups] == [1, 1]
    assert [group["picture"] for group in groups] == [None, None]


def test_findings_name_the_claim_where_the_library_has_no_sentence() -> None:
    (entry,) = verdicts.findings(run("supported"))
    assert entry["claim"] == "lab.claim-0"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("start `nexus serve` again", "start <code>nexus serve</code> again"),
        ("`<b>` & more", "<code>&lt;b&gt;</code> &amp; more"),
        ("an odd ` tick", "an odd ` tick"),
        (None, ""),
    ],
)
def test_coded_marks_backticks_and_escapes(text: str | None, html: str) -> None:
    assert html == verdicts.coded(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (119, "119 s"), (200, "3 min 20 s"), (300, "5 min"), (None, "an unknown time")],
)
def test_duration_in_words(seconds: float | None, words: str) -> None:
    assert words == verdicts.duration(seconds)


@pytest.mark.parametrize(("share", "words"), [(0.0213, "2.1 %"), (1, "100 %"), (None, "unknown")])
def test_percent_has_two_digits(share: float | None, words: str) -> None:
    assert words == verdicts.percent(share)
