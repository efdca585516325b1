"""Logs of services: private, limited in size, and searched for their last fault."""

import os
import re
from pathlib import Path

__all__ = ["bound_log", "last_fault", "open_log"]

_ROTATE_ABOVE_BYTES = 1024 * 1024
_MAX_BYTES = 16 * 1024 * 1024
_TAIL_BYTES = 8192
# PostgreSQL's messages to clients that connect before it is ready are not faults.
_FAULT = re.compile(
    r"\b(?:PANIC|FATAL|\w*Error)\b(?!:\s+(?:the database system is|database \")).*", re.IGNORECASE
)


def open_log(file: Path) -> int:
    """Open a log for appending and return its descriptor; a long one is first renamed to `.1`."""
    if file.exists() and file.stat().st_size > _ROTATE_ABOVE_BYTES:
        file.replace(file.with_name(file.name + ".1"))
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def bound_log(file: Path) -> None:
    """Truncate a log that has grown too long; its running service keeps appending to it."""
    if file.exists() and file.stat().st_size > _MAX_BYTES:
        os.truncate(file, 0)


def last_fault(file: Path) -> str:
    """Return the last fault in a log, or else its last line.

    It has no full stop, so that it can be part of a sentence.
    """
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        text = []
    lines = [line.strip() for line in text if line.strip()]
    faults = [match.group() for line in lines if (match := _FAULT.search(line))]
    return (faults or lines or ["the log is empty"])[-1].rstrip(".")
