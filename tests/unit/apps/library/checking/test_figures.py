"""A number with a unit needs backing; a case, a setting or a version is no figure."""

from pathlib import Path

import pytest

from nexus.apps.library.checking.quantities import quantities
from tests.support.library_pages import BODY, FRONT, check, new_library, put_page

LAB = """\
WORKERS = 16

lab = Comparison(needs=Needs(disk_mb=100, memory_mb=300, time_s=30), cases={"size": (10, 5_000)})
lab.expect(AtLeast("a.b", "fix", ratio=3, measure="time"))
"""


def bare(tmp_path: Path, text: str, *, claim: str = "", lab: str = "") -> list[str]:
    """Return the figures of a page without backing."""
    library = new_library(tmp_path)
    front = FRONT.replace("summary", "claims: [a.b]\nsummary") if claim else FRONT
    made = f"\n[{claim}](claim:a.b)\n" if claim else ""
    folder = put_page(library, f"{front}{BODY}{made}\n{text}\n")
    if lab:
        (folder / "lab.py").write_text(lab, "utf-8")
    return [fault.sentence.split("'")[1] for fault in check(library)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Caching makes this 12× faster.", ["12×"]),
        ("It is 12x faster, or 12-fold.", ["12x", "12-fold"]),
        ("It is 12 times as fast.", ["12 times"]),
        ("The page takes 180 ms.", ["180 ms"]),
        ("The page takes `once` **180 ms**.", ["180 ms"]),
        ("It fell from 2.3 s to 180 ms.", ["2.3 s", "180 ms"]),
        ("It takes 10-50 ms.", ["10-50 ms"]),
        ("It takes 10 to 50 ms.", ["10 to 50 ms"]),
        ("Errors went down by 70 %, or \u221270%.", ["70 %", "70%"]),
        ("Lists need 201 queries.", ["201 queries"]),
        ("Lists send 31 extra queries.", ["31 extra queries"]),
        ("It serves 10,000 users.", ["10,000 users"]),
        ("It serves 10k concurrent users.", ["10k concurrent users"]),
        ("It uses 2 GB.", ["2 GB"]),
        ("When cached, it answers in 12 ms.", ["12 ms"]),
        ("If it is cached, it is 12× faster.", ["12×"]),
        ("With a limit of 10 s it became 12× faster.", ["10 s", "12×"]),
        ("## It takes 12 ms\n\nText.", ["12 ms"]),
        ("> It takes 12 ms.", ["12 ms"]),
        ("See [the manual](https://example.org/x): it takes 12 ms.", ["12 ms"]),
        ("Somebody reported it.\n\nIt takes 12 ms.", ["12 ms"]),
    ],
)
def test_bare_figure_is_found(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert sorted(expected) == sorted(bare(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "A write-up reports that it fell from 2.3 s to 180 ms.",
        "It is reported that 95 % of deployments succeed.",
        "Smith, [A paper](https://example.org/a), 2019: 12× faster.",
        "It takes 12 ms ([documentation](https://example.org/docs/x)).",
        "This was reported:\n\n- It fell to 180 ms.",
        "This was reported:\n\n| way | time |\n| --- | --- |\n| naive | 180 ms |",
    ],
)
def test_figure_with_a_source_is_no_fault(tmp_path: Path, text: str) -> None:
    assert bare(tmp_path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Count the queries at 1 row and at 30 rows.",
        "Try it with 10,000 users, between 10 and 200 rows each.",
        "The job runs every 5 minutes and stops after 30 s.",
        "Choose a timeout of 5 s.",
        "Set `lock_timeout` to 5 s.",
        "For example, suppose that a table holds 1,000 rows.",
        "At a confidence of 95 % it holds.",
        "## How a lab will decide it\n\nSixteen workers send 500 requests, 2 MB each.",
        "## What to check in your project\n\n1. Does one page send 20 queries?",
        "Python 3.11, RFC 9110, HTTP/2 and the 2010s; `time.sleep(5 s)`; the code 40001.",
        "That makes N + 1 queries, N+1 queries, or 1 + 2N queries.",
        "Run it 10 times. Three requests, twelve times as fast.",
        "A 4xx and a 503 are answers.",
    ],
)
def test_case_or_setting_is_no_figure(tmp_path: Path, text: str) -> None:
    assert bare(tmp_path, text) == []


def test_figure_of_a_claim_may_be_repeated(tmp_path: Path) -> None:
    claim = "It is at least 3× as fast, in 12 ms."
    assert bare(tmp_path, "It is 3× faster, in 12 ms.", claim=claim) == []


def test_figure_next_to_a_claim_is_found(tmp_path: Path) -> None:
    found = bare(tmp_path, "It is 4× faster, and takes 3 ms.", claim="It is at least 3× as fast.")
    assert sorted(found) == ["3 ms", "4×"]


def test_parameter_of_the_lab_may_be_named(tmp_path: Path) -> None:
    text = "It takes 30 s, 100 MB, sees 16 clients, 5,000 rows, and a bar of 3×."
    assert bare(tmp_path, text, lab=LAB) == []


def test_number_of_the_lab_in_another_unit_is_found(tmp_path: Path) -> None:
    assert bare(tmp_path, "It takes 16 ms, and 10 MB.", lab=LAB) == ["10 MB", "16 ms"]


def test_numbers_of_a_range_are_read(tmp_path: Path) -> None:
    (found,) = quantities("from 1,000 to 2 000.5 ms")
    assert found.numbers == {1000.0, 2000.5}
    assert found.family == "time"
    claim = "It takes 10 ms, then 50 ms."
    assert bare(tmp_path, "It takes 10 to 50 ms.", claim=claim) == []
