"""Checks the types of all snippets at once, with mypy, which only developers have installed."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import nexus
from nexus.apps.library.checking.snippets import Snippet
from nexus.apps.library.errors import CheckingError, Fault

__all__ = ["type_faults"]

# Examples need no annotations, but what they say must fit together.
OPTIONS = """\
[mypy]
check_untyped_defs = True
follow_imports = silent
ignore_missing_imports = True
"""
# Reading Django's settings and models takes mypy seconds, so only snippets that need it cause it.
DJANGO = """\
plugins = mypy_django_plugin.main
[mypy.plugins.django-stubs]
django_settings_module = nexus.config.settings
"""
USES_DJANGO = re.compile(r"^\s*(?:from|import)\s+(?:django|nexus|library)\b", re.MULTILINE)
MESSAGE = re.compile(r"snippet_(?P<number>\d+)\.py:(?P<line>\d+): error: (?P<text>.*?)(?:  \[.*)?")
# mypy's own exit code for findings; what is above it is a failure of its own.
FINDINGS = 1


def type_faults(snippets: Sequence[Snippet], *, cache: Path) -> list[Fault]:
    """Return what mypy finds, in the lines of the pages; each snippet is a module of its own.

    Raises `CheckingError` when mypy cannot work.
    """
    with tempfile.TemporaryDirectory(prefix="nexus-types-") as name:
        folder = Path(name)
        files = [folder / f"snippet_{number}.py" for number in range(len(snippets))]
        for file, snippet in zip(files, snippets, strict=True):
            file.write_text(snippet.code, "utf-8")
        django = any(USES_DJANGO.search(snippet.code) for snippet in snippets)
        (folder / "mypy.ini").write_text(
            OPTIONS + (DJANGO if django and find_spec("mypy_django_plugin") else ""),
            "utf-8",
        )
        command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini"]
        options = ["--cache-dir", str(cache), "--no-error-summary", "--hide-error-context"]
        done = subprocess.run(
            [*command, *options, "--no-pretty", *(file.name for file in files)],
            cwd=folder,
            env={**os.environ, **_source_of_nexus()},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode > FINDINGS:
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise CheckingError(f"mypy could not check the snippets: {' '.join(reason)}")
    found = [match for line in done.stdout.splitlines() if (match := MESSAGE.fullmatch(line))]
    return [
        snippets[int(match["number"])].fault(
            int(match["line"]),
            f"the snippet's types do not fit: {match['text']}; mend it, or mark the fence `text`",
        )
        for match in found
    ]


def _source_of_nexus() -> dict[str, str]:
    """Let mypy read a working copy of Nexus, which it does not find as an installed package."""
    root = Path(nexus.__file__).resolve().parents[1]
    # Beside other packages mypy refuses the path, and snippets take Nexus as it comes.
    return {} if root.name.endswith("-packages") else {"MYPYPATH": str(root)}
