"""Snippets of pages have correct types and run; faults name the lines of the page."""

from pathlib import Path

import pytest

from nexus.apps.library.checking.snippet_runs import run_snippet
from nexus.apps.library.checking.snippets import Snippet
from nexus.apps.library.errors import CheckingError
from tests.support.library_pages import BODY, FRONT, lines, new_library, put_page

PAGE = "library/concepts/a_page/README.md"


def snippet(code: str) -> Snippet:
    return Snippet(path=PAGE, line=20, code=code, runs=True)


def test_wrong_types_are_found_in_the_lines_of_each_page(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    # The front matter has four lines, the body seven; then an empty line and the fence.
    wrong = "\n```python\ndef half(n: int) -> float:\n    return n / 2\n\nhalf('a')\n```\n"
    listed = "\n- So:\n\n  ```python\n  half(1)\n  ```\n"
    put_page(library, FRONT + BODY + wrong + listed)
    put_page(library, FRONT.replace("A page", "B") + BODY + wrong, name="concepts/b")
    found = lines(library)
    places = [line.partition(": ")[0] for line in found]
    assert places == [f"{PAGE}:17", f"{PAGE}:23", "library/concepts/b/README.md:17"]
    assert all(": the snippet's types do not fit: " in line for line in found)
    # Each snippet is a separate module.
    assert 'Name "half" is not defined' in found[1]


def test_types_of_nexus_itself_are_known(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    code = "from nexus.apps.products.models import Product\n\nProduct.objects.get().title\n"
    put_page(library, f"{FRONT}{BODY}\n```python\n{code}```\n")
    (found,) = lines(library)
    assert found.startswith(f"{PAGE}:16: ")
    assert '"Product" has no attribute "title"' in found


def test_failure_of_mypy_itself_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = new_library(tmp_path)
    put_page(library, FRONT + BODY + "\n```python\nx = 1\n```\n")
    monkeypatch.setattr(
        "nexus.apps.library.checking.snippet_types.OPTIONS", "[mypy]\nplugins = no.such.plugin\n"
    )
    with pytest.raises(CheckingError, match=r"mypy could not check the snippets: .*no\.such"):
        lines(library)


def test_text_is_left_alone(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    put_page(library, FRONT + BODY + "\n```text\ndef f(:\n```\n\n```sql\nSELECT 1\n```\n")
    assert lines(library) == []


def test_snippet_that_runs_has_no_fault() -> None:
    assert run_snippet(snippet("import sys\n\nsys.exit(0)\n")) is None


@pytest.mark.parametrize(
    ("code", "line", "expected"),
    [
        ("x = 1\n1 / 0\n", 21, "the snippet does not run: ZeroDivisionError: division by zero;"),
        ("import sys\nsys.exit(3)\n", 20, "the snippet does not run: exit code 3;"),
        ("def f():\n    raise KeyError\n\n\nf()\n", 21, "KeyError"),
    ],
)
def test_snippet_that_fails_is_found_at_its_line(code: str, line: int, expected: str) -> None:
    fault = run_snippet(snippet(code))
    assert fault is not None
    assert (PAGE, line) == (fault.path, fault.line)
    assert expected in fault.sentence


def test_snippet_that_does_not_end_is_found() -> None:
    fault = run_snippet(snippet("import signal\n\nsignal.pause()\n"), limit_s=0.2)
    assert fault is not None
    assert "still running after 0.2 s; make it end sooner" in fault.sentence


@pytest.mark.parametrize(("mark", "expected"), [("python run", 1), ("python", 0)])
def test_only_snippets_marked_run_are_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, expected: int
) -> None:
    monkeypatch.setattr("nexus.apps.library.checking.library.find_spec", lambda _: None)
    library = new_library(tmp_path)
    put_page(library, FRONT + BODY + f"\n```{mark}\nraise SystemExit(1)\n```\n")
    assert expected == len(lines(library))


def test_snippet_runs_in_an_empty_folder_of_its_own(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    code = f"import os\n\nopen({str(trace)!r}, 'w').write(os.getcwd())\n"
    assert run_snippet(snippet(code)) is None
    assert Path.cwd() != Path(trace.read_text("utf-8"))
    assert not Path(trace.read_text("utf-8")).exists()
