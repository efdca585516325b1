"""Labs and pages are compared with one another."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import library.challenges
from nexus.apps.labs.checking import check_labs, lab_faults, twin_faults, undecided_faults
from nexus.apps.labs.registry import RegisteredLab
from nexus.apps.library.reading import PageText, read_page
from nexus.engines.experiment import AtLeast, Comparison, Needs
from tests.support.library_pages import installed, put_page

FRONT = "---\ntitle: T\nsummary: S.\nclaims: [{claims}]\n{reported}---\n"
CLAIM = "[S.](claim:{claim})\n\n"


def a_page(
    root: Path, *claims: str, text: str = "[Run the lab](lab.py)\n", reported: str = ""
) -> PageText:
    """Return a page with claims, from the sixth line on, every second line; then the text."""
    made = "".join(CLAIM.format(claim=claim) for claim in claims)
    body = FRONT.format(claims=", ".join(claims), reported=reported) + made + text
    folder = put_page(root / "library", body, name="challenges/trial")
    (folder / "lab.py").write_text('# First.\nX = "trial.b"\n', "utf-8")
    return read_page(folder, root=root)


def a_lab(*claims: str) -> RegisteredLab:
    lab = Comparison(title="T", data=None, needs=Needs(disk_mb=1, memory_mb=1, time_s=1))
    lab.expect(*(AtLeast(claim, "fix", ratio=2, measure="time") for claim in claims))
    return RegisteredLab("trial", "challenges/trial", "library.challenges.trial.lab", lab)


def found(registered: RegisteredLab, *pages: PageText) -> list[str]:
    return [str(fault) for fault in lab_faults(registered, {page.key: page for page in pages})]


def test_lab_that_decides_every_claim_has_no_fault(tmp_path: Path) -> None:
    page = a_page(tmp_path, "trial.a", "trial.b")
    assert found(a_lab("trial.a", "trial.b"), page) == []


def test_claim_that_its_lab_leaves_open_is_found(tmp_path: Path) -> None:
    page = a_page(tmp_path, "trial.a", "trial.b")
    (fault,) = found(a_lab("trial.a"), page)
    assert fault.startswith(f"{page.path}:8: the page's lab does not decide claim")
    assert "'trial.b'; add an expectation in lab.py or remove the claim" in fault


def test_expectation_of_no_claim_is_found_at_its_line(tmp_path: Path) -> None:
    page = a_page(tmp_path, "trial.a")
    with installed(tmp_path / "library"):
        (fault,) = found(a_lab("trial.a", "trial.b"), page)
    assert fault.startswith("library/challenges/trial/lab.py:2: decides 'trial.b', which its page")


def test_lab_that_decides_nothing_of_its_page_is_found(tmp_path: Path) -> None:
    faults = found(a_lab("other.a"), a_page(tmp_path))
    assert any("decides none of its page's claims; add an expectation" in fault for fault in faults)


def test_lab_without_a_page_is_found() -> None:
    (fault,) = found(a_lab("trial.a"))
    assert "lab.py:1: has no readable page; write or fix README.md" in fault


def test_page_from_which_its_lab_cannot_be_started_is_found(tmp_path: Path) -> None:
    (fault,) = found(a_lab("trial.a"), a_page(tmp_path, "trial.a", text="Text.\n"))
    assert "README.md:1: the lab cannot be started from this page; add the paragraph" in fault


REPORTED = """reported:
  number: 1
  problem: P
  solution: S
  sources: A
  claim: trial.a
"""


@pytest.mark.parametrize(("reported", "expected"), [("", [6, 8]), (REPORTED, [])])
def test_claims_without_lab_need_a_report(
    tmp_path: Path, reported: str, expected: list[int]
) -> None:
    page = a_page(tmp_path, "trial.a", "trial.b", text="It is told so.\n", reported=reported)
    faults = list(undecided_faults(page))
    assert [fault.line for fault in faults] == expected
    assert all("; write lab.py next to the page, or say" in fault.sentence for fault in faults)


def test_two_labs_of_one_name_are_found() -> None:
    files = [Path(f"library/{name}/lab.py") for name in ("concepts/a_b", "paths/a_b", "paths/c")]
    faults = [str(fault) for fault in twin_faults(files)]
    assert faults == [
        f"library/{kind}/a_b/lab.py:1: there are 2 labs named 'a-b'; rename one folder"
        for kind in ("concepts", "paths")
    ]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder for a library whose labs can be imported as if they were Nexus's own."""
    challenges = str(tmp_path / "library/challenges")
    monkeypatch.setattr(library.challenges, "__path__", [challenges])
    before = set(sys.modules)
    with installed(tmp_path / "library"):
        yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("library."):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("lab = 1", "defines no `lab`; add `lab = Comparison"),
        ("x = 1", "defines no `lab`; add `lab = Comparison("),
        ("def f(:", "invalid syntax"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("1 / 0", "cannot be imported (ZeroDivisionError: division by zero); fix the error"),
        ("raise SystemExit(3)", "cannot be imported (SystemExit: 3); fix the error"),
    ],
)
def test_lab_that_cannot_be_used_is_found(root: Path, code: str, expected: str) -> None:
    page = a_page(root)
    (root / "library/challenges/trial/lab.py").write_text(code + "\n", "utf-8")
    (fault,) = check_labs([page])
    assert fault.path == "library/challenges/trial/lab.py"
    assert expected in fault.sentence


def test_broken_lab_hides_no_other_fault(root: Path) -> None:
    page = a_page(root)
    (root / "library/challenges/trial/lab.py").write_text("lab = 1\n", "utf-8")
    text = FRONT.format(claims="other.a", reported="") + CLAIM.format(claim="other.a")
    folder = put_page(root / "library", text, name="challenges/other")
    other = read_page(folder, root=root)
    paths = sorted(fault.path for fault in check_labs([page, other]))
    assert paths == [
        "library/challenges/other/README.md",
        "library/challenges/trial/lab.py",
    ]
