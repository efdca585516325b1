"""Logs: limited in size, and searched for the relevant line."""

import os
from pathlib import Path

from nexus.runtime.embedded.logs import bound_log, last_fault, open_log


def test_log_that_is_long_is_set_aside_at_the_start(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_bytes(b"x" * (1024 * 1024 + 1))
    os.close(open_log(log))
    assert log.stat().st_size == 0
    assert (tmp_path / "service.log.1").stat().st_size == 1024 * 1024 + 1


def test_log_that_is_short_is_continued(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text("before\n")
    descriptor = open_log(log)
    os.write(descriptor, b"after\n")
    os.close(descriptor)
    assert log.read_text() == "before\nafter\n"


def test_log_that_grows_too_long_is_emptied_under_its_writer(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    descriptor = open_log(log)
    os.ftruncate(descriptor, 16 * 1024 * 1024 + 1)
    bound_log(log)
    os.write(descriptor, b"next\n")
    os.close(descriptor)
    assert log.read_text() == "next\n"


def test_last_fault_is_found_before_later_lines(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text(
        "2026 [1] FATAL:  lock file is empty.\n"
        "2026 [2] FATAL:  the database system is starting up\n"
        '2026 [3] FATAL:  database "nexus" does not exist\n'
        "2026 [1] LOG:  database system is shut down\n"
    )
    assert last_fault(log) == "FATAL:  lock file is empty"


def test_last_fault_of_a_log_without_one_is_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text("one\ntwo\n\n")
    assert last_fault(log) == "two"


def test_last_fault_of_no_log_says_so(tmp_path: Path) -> None:
    assert last_fault(tmp_path / "none.log") == "the log is empty"
