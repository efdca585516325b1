"""The expensive suites: their declarations, and the command that runs those that must run again.

`tests/suites.toml` declares them. Each has a digest of all that its result depends on: the contents
of tracked files, and the versions of tools. A digest in `tests/passed.toml` belongs to a run that
passed, so that suite is not run again.

    python -m tests.suites              run those whose digest differs from the record
    python -m tests.suites --list       only print which would run
    python -m tests.suites --thorough   run all of them at full size, whatever the record says
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["DECLARED", "PASSED", "ROOT", "Record", "Suite", "SuiteError", "declared"]

ROOT = Path(__file__).resolve().parents[1]
DECLARED = ROOT / "tests/suites.toml"
PASSED = ROOT / "tests/passed.toml"
HEAD = "# Suites that passed, written by tests/suites.py only: see tests/suites.toml.\n"
# These decide what a suite runs and with what, so every digest has them.
ALWAYS = ("tests/suites.toml", "tests/suites.py", "pyproject.toml")
NUMBERED = re.compile(r"\d+\.\d+")
NO_TESTS = 5
"""The exit code of pytest where nothing was collected."""


class SuiteError(Exception):
    """The declaration of a suite is invalid, or git fails."""


@dataclass(frozen=True)
class Suite:
    """One expensive suite."""

    name: str
    paths: tuple[str, ...]
    depends: tuple[str, ...]
    marker: str | None = None
    tools: tuple[tuple[str, ...], ...] = ()

    def contains(self, path: Path, markers: Iterable[str]) -> bool:
        """Return whether a test in this file, with these markers, belongs to the suite."""
        inside = any(path.is_relative_to(ROOT / folder) for folder in self.paths)
        return inside and (self.marker is None or self.marker in markers)

    def digest(self, root: Path = ROOT) -> str:
        """Return a digest of the files and tools that the result depends on.

        Raises `SuiteError` where a declared path matches no file.
        """
        wanted = (*ALWAYS, *self.paths, *self.depends)
        digest = hashlib.sha256()
        for name in _tracked(root, wanted):
            digest.update(_entry(root, name))
        digest.update(f"Python {sys.version_info[0]}.{sys.version_info[1]}\0".encode())
        for command in self.tools:
            digest.update(f"{' '.join(command)}\0{_version(command)}\0".encode())
        return digest.hexdigest()[:32]


@dataclass(frozen=True)
class Record:
    """The content of `tests/passed.toml`: the digest and the day of each suite's last pass."""

    path: Path = PASSED

    def read(self) -> dict[str, dict[str, str]]:
        """Return the entries by the names of suites; none where there is no file."""
        if not self.path.exists():
            return {}
        entries: dict[str, dict[str, str]] = tomllib.loads(self.path.read_text("utf-8"))
        return entries

    def write(self, suite: str, digest: str) -> None:
        """Note that a suite passed today. Entries of suites that no longer exist are removed."""
        today = datetime.now(UTC).date().isoformat()
        entries = {**self.read(), suite: {"digest": digest, "date": today}}
        lines = [HEAD]
        for name in sorted(entries.keys() & {known.name for known in declared()} | {suite}):
            lines.append(f"\n[{name}]\n")
            lines += [f'{key} = "{entries[name][key]}"\n' for key in ("digest", "date")]
        fresh = self.path.with_suffix(f".{os.getpid()}")
        fresh.write_text("".join(lines), "utf-8")
        fresh.replace(self.path)


@cache
def declared(path: Path = DECLARED) -> tuple[Suite, ...]:
    """Return the declared suites. Raises `SuiteError` for a key or value that is unknown."""
    suites = []
    for name, fields in tomllib.loads(path.read_text("utf-8")).items():
        values: dict[str, Any] = {
            key: tuple(tuple(each) if isinstance(each, list) else each for each in value)
            if isinstance(value, list)
            else value
            for key, value in fields.items()
        }
        try:
            suite = Suite(name, **values)
        except TypeError as error:
            raise SuiteError(f"[{name}] in {path.name}: {error}") from error
        suites.append(suite)
    return tuple(suites)


def _tracked(root: Path, wanted: Sequence[str]) -> list[str]:
    """Return the files that a fresh clone would have after a commit, sorted."""
    # New files that are not yet added count too: they will be committed with the record.
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--")
    names: set[str] = set()
    for path in wanted:
        done = subprocess.run([*listing, path], cwd=root, capture_output=True, check=False)
        if done.returncode != 0:
            raise SuiteError(f"git does not list {path}: {done.stderr.decode().strip()}")
        # A file that was deleted is still in the index.
        found = {name for name in done.stdout.decode().split("\0") if name}
        found = {name for name in found if (root / name).is_symlink() or (root / name).is_file()}
        if not found:
            raise SuiteError(f"{path} matches no file of the repository; correct {DECLARED.name}.")
        names |= found
    return sorted(names)


def _entry(root: Path, name: str) -> bytes:
    """Return a file as git sees it: its name, whether it can be executed, and its content."""
    path = root / name
    if path.is_symlink():
        kind, content = "link", os.fsencode(path.readlink())
    else:
        kind = "program" if path.stat().st_mode & 0o100 else "file"
        content = path.read_bytes()
    return f"{name}\0{kind}\0{hashlib.sha256(content).hexdigest()}\0".encode()


@cache
def _version(command: tuple[str, ...]) -> str:
    """Return the line in which a tool says its version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "missing"
    # Some also print warnings, which contain paths of this machine.
    lines = [line for line in (done.stdout + done.stderr).splitlines() if NUMBERED.search(line)]
    if not lines:
        raise SuiteError(f"{' '.join(command)} names no version; correct {DECLARED.name}.")
    return lines[0].strip()


def _run(suite: Suite, *options: str, quietly: bool) -> bool:
    """Run a suite's tests; whether they passed. `quietly` prints all of it at the end."""
    words = ["script/test", "--all", "--suite", suite.name, "--durations=10", *options]
    began = time.monotonic()
    # Its own folder for temporary files, and with it its own measuring lock; sockets need a short
    # path, and some tests switch to another user.
    folder = Path(tempfile.mkdtemp(prefix="ns-"))
    folder.chmod(0o1777)
    try:
        done = subprocess.run(
            words,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder)},
            stdout=subprocess.PIPE if quietly else None,
            stderr=subprocess.STDOUT if quietly else None,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    words = [f"\n== suite {suite.name}: {time.monotonic() - began:.0f} s", done.stdout or ""]
    if done.returncode == NO_TESTS:
        words.append(f"Suite {suite.name} has no tests; correct {DECLARED.name}.")
    print("\n".join(words), flush=True)  # noqa: T201 -- the command's output
    return done.returncode == 0


def _choose(
    digests: Mapping[str, str], record: Mapping[str, Mapping[str, str]]
) -> tuple[list[str], list[str]]:
    """Return the names of the suites that have to run, and of those whose result is reused."""
    reused = [name for name in digests if record.get(name, {}).get("digest") == digests[name]]
    return [name for name in digests if name not in reused], reused


def main(words: Sequence[str] | None = None) -> int:
    """Run what has to run. Return 0 where all passed, 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.suites")
    parser.add_argument("suites", nargs="*", help="only these")
    parser.add_argument("--list", action="store_true", help="only print which would run")
    parser.add_argument("--thorough", action="store_true", help="run all at full size")
    parser.add_argument("--jobs", type=int, default=1, help="how many suites run at once")
    asked = parser.parse_args(words)
    known = {suite.name: suite for suite in declared()}
    if unknown := set(asked.suites) - set(known):
        parser.error(
            f"there is no suite {', '.join(sorted(unknown))}; there are {', '.join(known)}"
        )
    chosen = {name: known[name] for name in asked.suites or known}
    record = Record()
    digests = {name: suite.digest() for name, suite in chosen.items()}
    to_run, reused = _choose(digests, {} if asked.thorough else record.read())
    if reused:
        dates = [f"{name} ({record.read()[name]['date']})" for name in reused]
        print(f"Results reused, as nothing that they depend on has changed: {', '.join(dates)}.")  # noqa: T201 -- a command that prints
    print(f"Suites to run: {', '.join(to_run) or 'none'}.", flush=True)  # noqa: T201 -- a command that prints
    if asked.list:
        return 0
    failed = []
    options = ["--full"] if asked.thorough else []
    with ThreadPoolExecutor(asked.jobs) as pool:
        running = {
            pool.submit(_run, chosen[name], *options, quietly=asked.jobs > 1): name
            for name in to_run
        }
        for done in as_completed(running):
            name = running[done]
            if not done.result():
                failed.append(name)
            elif chosen[name].digest() == digests[name]:
                # Not if a file was edited during the run: which version passed is unknown.
                record.write(name, digests[name])
    if failed:
        print(f"Suites that failed: {', '.join(failed)}.", flush=True)  # noqa: T201 -- a command that prints
    return bool(failed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SuiteError as error:
        sys.exit(str(error))
