"""Logs of services: private, short, and read back for their last fault."""

import os
import re
from pathlib import Path

__all__ = ["bound_log", "last_fault", "open_log"]

_KEPT_BYTES = 1024 * 1024
_MAX_BYTES = 16 * 1024 * 1024
_TAIL_BYTES = 8192
# What PostgreSQL tells those who ask before it can answer is no fault.
_FAULT = re.compile(
    r"\b(?:PANIC|FATAL|\w*Error)\b(?!:\s+(?:the database system is|database \")).*", re.IGNORECASE
)


def open_log(file: Path) -> int:
    """Open a log for appending and give its descriptor; a long one is set aside as `.1` first."""
    if file.exists() and file.stat().st_size > _KEPT_BYTES:
        file.replace(file.with_name(file.name + ".1"))
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def bound_log(file: Path) -> None:
    """Empty a log that grew too long while its service runs; appending goes on at the start."""
    if file.exists() and file.stat().st_size > _MAX_BYTES:
        os.truncate(file, 0)


def last_fault(file: Path) -> str:
    """Return the last fault that a log speaks of; failing that, its last line.

    It has no full stop, to stand in a sentence.
    """
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL_BYTES))
            said = stream.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        said = []
    lines = [line.strip() for line in said if line.strip()]
    faults = [found.group() for line in lines if (found := _FAULT.search(line))]
    return (faults or lines or ["it said nothing"])[-1].rstrip(".")
