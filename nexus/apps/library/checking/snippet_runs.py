"""Runs a snippet as a reader would: as a program of its own."""

import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from nexus.apps.library.checking.snippets import Snippet
from nexus.apps.library.errors import Fault
from nexus.runtime.processes import spawn

__all__ = ["LIMIT_S", "run_snippet"]

# Readers do not wait longer than this for an example.
LIMIT_S = 10.0
FILE = "snippet.py"


def run_snippet(snippet: Snippet, *, limit_s: float = LIMIT_S) -> Fault | None:
    """Run a snippet in an empty folder. Returns a fault unless it exits with 0 within `limit_s`."""
    with tempfile.TemporaryDirectory(prefix="nexus-snippet-") as name:
        folder = Path(name)
        (folder / FILE).write_text(snippet.code, "utf-8")
        with (folder / "stderr").open("w+b") as stderr:
            child = spawn(
                [sys.executable, FILE],
                death_signal=signal.SIGKILL,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=stderr.fileno(),
            )
            try:
                code = child.process.wait(limit_s)
            except subprocess.TimeoutExpired:
                sentence = f"the snippet was still running after {limit_s:g} s; make it end sooner"
                return snippet.fault(1, sentence)
            finally:
                child.end([])
            stderr.seek(0)
            output = stderr.read().decode(errors="replace").strip()
    if code == 0:
        return None
    last = output.splitlines()[-1] if output else f"exit code {code}"
    lines = re.findall(rf'{FILE}", line (\d+)', output)
    sentence = f"the snippet does not run: {last}; fix it, or leave out `run`"
    return snippet.fault(int(lines[-1]) if lines else 1, sentence)
