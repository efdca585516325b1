"""The runner: takes runs from the queue one at a time and executes each in a child process.

The process that holds the advisory lock in PostgreSQL is the runner of that database. So a run that
is marked as running while no process holds the lock was interrupted, and its databases can be
dropped.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import structlog
from django.db import InterfaceError, OperationalError, connection

from nexus.apps.labs import services
from nexus.apps.labs.errors import RunFailedError
from nexus.apps.labs.models import Run
from nexus.apps.labs.queries import RUNNER_LOCK
from nexus.apps.labs.registry import find_lab
from nexus.apps.labs.running import data_sets
from nexus.apps.labs.running.limits import refuse_shortage
from nexus.apps.labs.running.machine_lock import measuring
from nexus.apps.labs.states import RunForm
from nexus.core.errors import NexusError, UnavailableError
from nexus.engines.experiment import Lab, unavailable
from nexus.runtime.processes import spawn

__all__ = ["Runner"]

log = structlog.get_logger()

POLL_S = 0.5
END_CHILD_S = 2.0


class _CancelledError(Exception):
    """The cancellation of the run was requested."""


class Runner:
    """Executes the runs of one database.

    `keep_going` is called between and during runs; when it returns False, the current run ends as
    interrupted and the runner stops.
    """

    def __init__(self, *, keep_going: Callable[[], bool] = lambda: True) -> None:
        self.keep_going = keep_going
        self.locked = False

    def serve(self) -> None:
        """Execute runs until stopped; wait and reconnect if the database connection is lost."""
        while self.keep_going():
            try:
                if not self.step():
                    time.sleep(POLL_S)
            except (OperationalError, InterfaceError) as error:
                log.warning("database_lost", error=error)
                self.release()
                time.sleep(POLL_S)
        self.release()

    def step(self) -> bool:
        """Execute one run if this is the runner and one is queued; return whether it did."""
        if not (self.locked or self.acquire()):
            return False
        with measuring() as alone:
            run = services.take_next_run() if alone else None
            if run is None:
                return False
            self.carry_out(run)
            return True

    def acquire(self) -> bool:
        """Try to become the runner; the new runner cleans up after one that died."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [RUNNER_LOCK])
            self.locked = bool(cursor.fetchone()[0])
        if self.locked:
            interrupted, dropped = services.fail_interrupted_runs(), data_sets.drop_leftovers()
            if interrupted or dropped:
                log.warning("leftovers_removed", runs=interrupted, databases=dropped)
        return self.locked

    def release(self) -> None:
        """Stop being the runner: closing the connection releases the lock."""
        self.locked = False
        connection.close()

    def carry_out(self, run: Run) -> None:
        """Execute one run and store how it ended."""
        log.info("run_started", run=str(run.pk), lab=run.lab)
        try:
            document, samples = self.execute(run)
        except _CancelledError:
            services.end_cancelled(run_id=run.pk)
        except NexusError as error:
            services.fail_run(run_id=run.pk, error=error.message)
        except (OperationalError, InterfaceError):
            # The database is unreachable; once it is back, the run counts as interrupted.
            raise
        except Exception as error:
            # An error in one lab or in Nexus must not stop the runner for all others.
            log.exception("run_broke", run=str(run.pk), lab=run.lab)
            sentence = f"Internal error: {type(error).__name__}. See the log of Nexus for details."
            services.fail_run(run_id=run.pk, error=sentence)
        else:
            services.finish_run(run_id=run.pk, document=document, samples=samples)
        log.info("run_ended", run=str(run.pk), lab=run.lab)

    def execute(self, run: Run) -> tuple[dict[str, Any], str]:
        """Return the document and the samples of a run."""
        lab = find_lab(run.lab).lab
        try:
            refuse_shortage(lab.needs)
            template = self.data_set(run, lab)
            with _database(lab, template, str(run.pk)) as url, _folder() as out:
                self.child(run, url, "run", run.lab, run.form, str(run.seed), str(out))
                document = json.loads((out / "result.json").read_text("utf-8"))
                return document, (out / "samples.csv").read_text("utf-8")
        except UnavailableError as error:
            result = unavailable(
                lab,
                slug=run.lab,
                form="quick" if run.form == RunForm.QUICK else "full",
                seed=run.seed,
                reason=error.message,
            )
            return result.to_document(), ""

    def data_set(self, run: Run, lab: Lab) -> str:
        """Return the name of the lab's data set, building it the first time."""
        data = cast("data_sets.DataSet", lab.data)
        name = data_sets.data_set_name(data)
        if not data_sets.exists(name):
            with data_sets.build(name, data) as unfinished:
                url = data_sets.database_url(unfinished, read_only=False)
                self.child(run, url, "fill", run.lab)
        return name

    def child(self, run: Run, url: str, *arguments: str) -> None:
        """Run the child process on the database at `url`, and store its progress.

        Raises `RunFailedError` with the child's error message, or `_CancelledError`.
        """
        with tempfile.TemporaryFile() as errors:
            child = spawn(
                [sys.executable, "-m", "nexus.apps.labs.running.run_process", *arguments],
                stdout=subprocess.PIPE,
                stderr=errors.fileno(),
                env={**os.environ, "DATABASE_URL": url},
                death_signal=signal.SIGKILL,
            )
            try:
                sentence = self.follow(run, child.process)
            finally:
                child.end([(signal.SIGTERM, END_CHILD_S)])
            if child.process.returncode:
                errors.seek(0)
                tail = errors.read().decode(errors="replace").strip().splitlines()[-1:]
                raise RunFailedError(sentence or _exit_message(child.process.returncode, tail))

    def follow(self, run: Run, process: "subprocess.Popen[bytes]") -> str:
        """Store progress until the child ends; return its error message, or ""."""
        stdout = process.stdout
        assert stdout is not None  # noqa: S101 -- stdout is a pipe
        progress: dict[str, Any] = {"step": "starting", "done": 0.0, "remaining_s": None}
        sentence = ""
        noted_at = 0.0
        with stdout, selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while True:
                if selector.select(POLL_S):
                    line = stdout.readline()
                    if not line:
                        process.wait()
                        return sentence
                    message = json.loads(line)
                    sentence = message.pop("error", sentence)
                    progress.update(message)
                if time.monotonic() - noted_at >= POLL_S:
                    noted_at = time.monotonic()
                    if services.note_progress(run_id=run.pk, **progress):
                        raise _CancelledError
                    if not self.keep_going():
                        raise RunFailedError(services.INTERRUPTED)


@contextmanager
def _database(lab: Lab, template: str, run_id: str) -> Iterator[str]:
    """Yield the URL of the lab's database: a writable copy, or the data set itself, read-only."""
    if not lab.writes:
        yield data_sets.database_url(template, read_only=True)
        return
    with data_sets.new_database(template, run_id) as name:
        yield data_sets.database_url(name, read_only=False)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="nexus-run-") as folder:
        yield Path(folder)


def _exit_message(returncode: int, tail: list[str]) -> str:
    how = f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
    return f"The lab's process exited with {how}. {' '.join(tail)}".strip()
