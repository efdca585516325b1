"""Checks the types of all snippets at once with mypy, which only developers have installed."""

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

# Examples need no annotations, but their types must match.
OPTIONS = """\
[mypy]
check_untyped_defs = True
follow_imports = silent
ignore_missing_imports = True
"""
# Loading Django's settings and models takes mypy seconds, so it is only done if a snippet needs it.
DJANGO = """\
plugins = mypy_django_plugin.main
[mypy.plugins.django-stubs]
django_settings_module = nexus.config.settings
"""
USES_DJANGO = re.compile(r"^\s*(?:from|import)\s+(?:django|nexus|library)\b", re.MULTILINE)
MESSAGE = re.compile(r"snippet_(?P<number>\d+)\.py:(?P<line>\d+): error: (?P<text>.*?)(?:  \[.*)?")
# mypy's exit code for type errors; a higher one means that mypy itself failed.
FINDINGS = 1


def type_faults(snippets: Sequence[Snippet], *, cache: Path) -> list[Fault]:
    """Return mypy's findings, in the lines of the pages; each snippet is a separate module.

    Raises `CheckingError` if mypy fails.
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
        process = subprocess.run(
            [*command, *options, "--no-pretty", *(file.name for file in files)],
            cwd=folder,
            env={**os.environ, **_source_of_nexus()},
            capture_output=True,
            text=True,
            check=False,
        )
    if process.returncode > FINDINGS:
        reason = (process.stderr or process.stdout).strip().splitlines()[-1:]
        raise CheckingError(f"mypy could not check the snippets: {' '.join(reason)}")
    matches = [match for line in process.stdout.splitlines() if (match := MESSAGE.fullmatch(line))]
    return [
        snippets[int(match["number"])].fault(
            int(match["line"]),
            f"the snippet's types do not fit: {match['text']}; fix it, or mark the fence `text`",
        )
        for match in matches
    ]


def _source_of_nexus() -> dict[str, str]:
    """Return the environment that mypy needs to find Nexus in a working copy."""
    root = Path(nexus.__file__).resolve().parents[1]
    # In site-packages mypy refuses the path; snippets then use the installed Nexus.
    return {} if root.name.endswith("-packages") else {"MYPYPATH": str(root)}
