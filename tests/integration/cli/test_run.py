"""`nexus run` prints verdicts for people or programs, and exits with the right code."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from nexus.apps.labs.registry import lab_slugs

PATIENCE_S = 180


def nexus(*arguments: str, home: Path | None = None) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **({"NEXUS_HOME": str(home)} if home else {})}
    return subprocess.run(
        [sys.executable, "-m", "nexus.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def test_run_json_is_one_document_a_line_and_nothing_else(tmp_path: Path) -> None:
    done = nexus("run", "overselling", "--quick", "--json", "--seed", "3", "--out", str(tmp_path))
    (line,) = done.stdout.splitlines()
    document = json.loads(line)
    assert (document["schema"], document["lab"], document["seed"]) == (
        "nexus.run/1",
        "overselling",
        3,
    )
    verdicts = {item["claim"]: item["verdict"] for item in document["expectations"]}
    for claim in ("naive", "row-lock", "optimistic", "conditional-update"):
        assert verdicts[f"overselling.{claim}"] == "supported"
    inconclusive = "inconclusive" in verdicts.values()
    assert done.returncode == (2 if inconclusive else 0)
    assert Path(document["samples"]).read_text("utf-8").startswith("block,trial,variant")
    assert Path(document["samples"]).parent == tmp_path


def test_run_of_unknown_lab_names_those_there_are() -> None:
    done = nexus("run", "overselling", "n-plus-two")
    assert (done.returncode, done.stdout) == (3, "")
    known = ", ".join(lab_slugs())
    assert f"No lab 'n-plus-two'. Available labs: {known}." in done.stderr
    assert "Traceback" not in done.stderr


def test_run_into_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    done = nexus("run", "overselling", "--out", str(tmp_path / "taken"))
    assert done.returncode == 3
    assert "is not a folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_interrupt_cancels_and_leaves_nothing() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nexus.cli", "run", "overselling"],
        stderr=subprocess.PIPE,
        text=True,
        # As a script's background job is started.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509 -- one call
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "workers at once" in line:
            break
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    process.stderr.close()
    assert process.wait(PATIENCE_S) == 130
    assert "cancelled; nothing was saved" in rest
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_labs_lists_needs_and_standing() -> None:
    done = nexus("labs")
    assert done.returncode == 0
    assert "n-plus-one" in done.stdout
    assert "overselling" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "mysql://x", "does not begin with postgresql://"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x", "The database is unreachable"),
        ("CACHE_URL", "http://x", "CACHE_URL begins with 'http'"),
        ("NEXUS_LOG_LEVEL", "loud", "Set it to one of DEBUG"),
    ],
)
def test_wrong_setting_is_told_as_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    done = nexus("labs")
    assert done.returncode == 3
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_command() -> None:
    done = nexus("--help")
    for command in ("serve", "labs", "run", "check", "new", "manage"):
        assert command in done.stdout
