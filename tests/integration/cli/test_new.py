"""`nexus new` creates pages and labs that pass `nexus check`, and a lab that reaches a verdict."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nexus.cli.main import app
from nexus.engines.experiment import NullBench, run
from tests.support.library_pages import installed, new_library


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the library that the command writes to, with its folder as the current one."""
    library = new_library(tmp_path)
    monkeypatch.chdir(tmp_path)
    with installed(library):
        yield library


def nexus(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_help_names_the_command() -> None:
    assert "Create the first draft of a page, or of a lab next to a page." in nexus("--help").stdout


@pytest.mark.parametrize("kind", ["challenges", "best-practices", "best_practices"])
def test_new_page_passes_check(library: Path, kind: str) -> None:
    done = nexus("new", kind, "my-topic")
    assert done.exit_code == 0
    page = f"library/{kind.replace('-', '_')}/my_topic/README.md"
    assert page in done.stdout.splitlines()
    assert (library.parent / page).is_file()
    assert nexus("check").exit_code == 0


def test_new_page_again_is_refused_with_a_sentence(library: Path) -> None:
    done = nexus("new", "concepts", "good")
    assert done.exit_code == 3
    assert "README.md already exists; edit it, or use another name." in done.stderr
    assert library.is_dir()


@pytest.mark.parametrize(("kind", "slug"), [("ideas", "a"), ("concepts", "A page"), ("lab", "1")])
def test_bad_name_is_refused_with_a_sentence(library: Path, kind: str, slug: str) -> None:
    done = nexus("new", kind, slug)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.strip().endswith(".")
    assert [file.name for file in library.iterdir() if file.is_dir()] == ["concepts"]


def test_new_lab_is_supported_when_it_runs(library: Path) -> None:
    assert nexus("new", "lab", "my-topic").exit_code == 0
    file = library / "challenges/my_topic/lab.py"
    spec = importlib.util.spec_from_file_location("a_new_lab", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    result = run(module.lab, NullBench(), slug="my-topic", form="quick", seed=7)
    verdicts = [(outcome.claim, str(outcome.verdict)) for outcome in result.expectations]
    assert verdicts == [("my-topic.faster", "supported")]
