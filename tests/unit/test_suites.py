"""The expensive suites: their digests, their record, and which of them run again."""

import os
import subprocess
from pathlib import Path

import pytest

from tests import suites
from tests.suites import ROOT, Record, Suite, SuiteError, declared


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two files, of which one is committed."""
    monkeypatch.setattr(suites, "ALWAYS", ())
    for name in ("code/one.py", "code/two.py", "elsewhere.py", "tests/x/test_one.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", "utf-8")
    (tmp_path / ".gitignore").write_text("*.pyc\n", "utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "code", "tests", ".gitignore")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "one")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    # A Git hook that runs these tests sets variables that point git to another repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *words], cwd=folder, check=True, env=kept)


SUITE = Suite("x", paths=("tests/x",), depends=("code",))


def test_digest_in_a_clone_is_the_same(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(repository, "clone", "--quiet", str(repository), str(clone))

    assert SUITE.digest(clone) == SUITE.digest(repository)


def test_digest_does_not_depend_on_times_or_on_ignored_and_other_files(repository: Path) -> None:
    before = SUITE.digest(repository)
    os.utime(repository / "code/one.py", (1, 1))
    (repository / "code/one.pyc").write_text("compiled", "utf-8")
    (repository / "elsewhere.py").write_text("changed", "utf-8")

    assert SUITE.digest(repository) == before


@pytest.mark.parametrize("change", ["edit", "delete", "add", "rename", "mode", "test", "python"])
def test_digest_changes_with_what_the_result_depends_on(
    repository: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    before = SUITE.digest(repository)
    one = repository / "code/one.py"
    match change:
        case "edit":
            one.write_text("other", "utf-8")
        case "delete":
            one.unlink()
        case "add":
            (repository / "code/new.py").touch()
        case "rename":
            one.rename(repository / "code/three.py")
        case "mode":
            one.chmod(0o755)
        case "test":
            (repository / "tests/x/test_one.py").write_text("other", "utf-8")
        case "python":
            monkeypatch.setattr("sys.version_info", (3, 99, 0))

    assert SUITE.digest(repository) != before


def test_digest_changes_with_the_version_of_a_tool(repository: Path) -> None:
    one = Suite("x", ("tests/x",), ("code",), tools=(("echo", "tool 1.1"),))
    other = Suite("x", ("tests/x",), ("code",), tools=(("echo", "tool 1.2"),))

    assert one.digest(repository) != other.digest(repository)


def test_path_without_files_is_refused(repository: Path) -> None:
    with pytest.raises(SuiteError, match="gone matches no file"):
        Suite("x", ("tests/x",), ("gone",)).digest(repository)


def test_record_is_sorted_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = (Suite("b", (), ()), Suite("a", (), ()))
    monkeypatch.setattr(suites, "declared", lambda: known)
    record = Record(tmp_path / "passed.toml")
    assert record.read() == {}

    record.write("b", "22")
    record.write("a", "11")
    record.write("b", "33")

    entries = record.read()
    assert list(entries) == ["a", "b"]
    assert (entries["a"]["digest"], entries["b"]["digest"]) == ("11", "33")
    assert set(entries["a"]) == {"digest", "date"}


def test_suite_with_an_equal_digest_is_reused_and_another_runs() -> None:
    digests = {"same": "1", "changed": "2", "new": "3"}
    record = {"same": {"digest": "1"}, "changed": {"digest": "1"}}

    assert suites._choose(digests, record) == (["changed", "new"], ["same"])


def test_every_declared_path_matches_files() -> None:
    assert declared()
    for suite in declared():
        # It raises if one matches nothing.
        assert suites._tracked(ROOT, (*suite.paths, *suite.depends))


def test_passed_toml_belongs_to_no_digest() -> None:
    wanted = [path for suite in declared() for path in (*suite.paths, *suite.depends)]

    assert not [path for path in wanted if suites.PASSED.is_relative_to(ROOT / path)]


def test_unknown_key_of_a_declaration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "suites.toml"
    path.write_text('[x]\npaths = ["a"]\ndepends = ["b"]\ntool = ["c"]\n', "utf-8")

    with pytest.raises(SuiteError, match=r"\[x\] in suites.toml: .*tool"):
        declared(path)
