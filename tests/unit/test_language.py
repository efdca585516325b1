"""The language of the repository: words that are never right, and one dialect of code."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Manuals do not use these words.
NEVER = re.compile(
    r"\b(nought|anew|whoever|vouch(?:es|ed)?|belongs? into|can not)\b", re.IGNORECASE
)
# The change log and the decisions say what was written at their time.
HISTORY = ("CHANGELOG.md", "documentation/decisions/")
# Written by others or generated.
FOREIGN = ("/vendor/", "package-lock.json", "requirements/", "schema.d.ts")
TEXT = {".py", ".md", ".html", ".txt", ".css", ".js", ".ts", ".toml", ".yaml", ".yml", ".cfg", ""}
THIS = "tests/unit/test_language.py"


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    names = [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert len(names) > 500
    return names


def texts() -> list[tuple[str, str]]:
    return [
        (name, (ROOT / name).read_text("utf-8"))
        for name in tracked()
        if Path(name).suffix in TEXT
        and name != THIS
        and not name.startswith(HISTORY)
        and not any(part in name for part in FOREIGN)
    ]


def modules() -> list[tuple[str, str]]:
    return [(name, text) for name, text in texts() if name.endswith(".py")]


def test_no_text_has_a_word_that_is_never_right() -> None:
    faults = [
        f"{name}:{number}: {match[0]}"
        for name, text in texts()
        for number, line in enumerate(text.split("\n"), 1)
        if (match := NEVER.search(line))
    ]
    assert faults == []


def docstrings(text: str) -> list[tuple[int, str]]:
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (getattr(node, "lineno", 1), doc)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, nodes) and (doc := ast.get_docstring(node))
    ]


def test_docstrings_say_return_and_not_give() -> None:
    faults = [
        f"{name}:{line}: {doc.split(chr(10))[0]}"
        for name, text in modules()
        for line, doc in docstrings(text)
        if re.match(r"(Give|Gives|Tell|Tells)\b", doc)
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("pattern", "remedy"),
    [
        (r"^from __future__", "quote the annotation"),
        (r"# noqa(?!: [A-Z0-9]+(, [A-Z0-9]+)* -- \S)", "write `# noqa: CODE -- reason`"),
        (r"\b(MOST|LEAST|LONGEST|LARGEST|SMALLEST)_[A-Z]+\b", "call it MAX_… or MIN_…"),
    ],
)
def test_code_is_written_in_one_dialect(pattern: str, remedy: str) -> None:
    faults = [
        f"{name}:{number}: {line.strip()} ({remedy})"
        for name, text in modules()
        if "/migrations/" not in name
        for number, line in enumerate(text.split("\n"), 1)
        if re.search(pattern, line)
    ]
    assert faults == []
