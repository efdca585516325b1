"""Observability of Celery: each task's request id and trace, counters and durations.

Also the small HTTP server on which a worker serves its metrics.
"""

import atexit
import time
from collections import deque
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from celery import signals
from celery.exceptions import TimeLimitExceeded, WorkerLostError
from celery.states import FAILURE, SUCCESS
from django.conf import settings
from django.utils.crypto import constant_time_compare
from structlog.contextvars import bound_contextvars

from nexus.core import background
from nexus.core.observability import heartbeat
from nexus.core.observability.metrics import TASK_DURATION, TASKS, exposition
from nexus.core.observability.request_context import current_request_id
from nexus.core.observability.tracing import fail, span, traceparent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from celery import Task
    from opentelemetry.trace import Span

__all__ = ["progress_file", "tell_metrics"]

HEADER, TRACE_HEADER = "request_id", "traceparent"
# A client of the worker's metrics must send its request within this time.
SILENCE_S = 5

log = structlog.get_logger()
# The running tasks of this process by id: their start time, and contexts to close at their end.
_running: "dict[str, tuple[float, ExitStack, Span | None]]" = {}
_lost: "deque[str]" = deque(maxlen=100)
_servers: list[WSGIServer] = []


def progress_file(home: Path) -> Path:
    """Return the file that a home's worker touches when it makes progress; see `worker_alive`."""
    return home / "worker-progress"


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_signal: Any) -> None:
    """Add the ids of the current request and trace to a task's headers."""
    headers.setdefault(HEADER, current_request_id())
    headers.setdefault(TRACE_HEADER, traceparent())


@signals.task_prerun.connect
def begin(task_id: str, task: "Task[..., Any]", **_signal: Any) -> None:
    """Bind the log fields of a task and start its span."""
    contexts = ExitStack()
    fields = {"task": task.name, "task_id": task_id}
    if request_id := _header(task, HEADER):
        fields["request_id"] = request_id
    contexts.enter_context(bound_contextvars(**fields))
    task_span = contexts.enter_context(
        span(task.name, "CONSUMER", parent=_header(task, TRACE_HEADER))
    )
    _running[task_id] = (time.perf_counter(), contexts, task_span)


def _header(task: "Task[..., Any]", header: str) -> str:
    # A task that runs eagerly in this process has its headers elsewhere.
    return str(task.request.get(header) or (task.request.headers or {}).get(header) or "")


@signals.task_postrun.connect
def end(task_id: str, task: "Task[..., Any]", state: str | None = None, **_signal: Any) -> None:
    """Count a task that has ended; one that is being killed has no state, and is counted below."""
    started_at, contexts, task_span = _running.pop(task_id, (None, ExitStack(), None))
    if state != SUCCESS:
        fail(task_span)
    if state is not None:
        TASKS.labels(task.name, state.lower()).inc()
    if started_at is not None:
        duration_s = time.perf_counter() - started_at
        TASK_DURATION.labels(task.name).observe(duration_s)
        log.info("task_ended", state=state, duration_ms=round(duration_s * 1000, 1))
    contexts.close()


@signals.task_failure.connect
def end_without_process(
    sender: "Task[..., Any]", task_id: str, exception: BaseException, **_signal: Any
) -> None:
    """Count a task whose process was killed, by a time limit or otherwise.

    The signal is sent in the worker's main process, twice for a time limit. A task that is returned
    to the broker is counted when it ends.
    """
    if isinstance(exception, TimeLimitExceeded | WorkerLostError) and task_id not in _lost:
        _lost.append(task_id)
        TASKS.labels(sender.name, FAILURE.lower()).inc()
        log.error("task_lost", task=sender.name, task_id=task_id, error=type(exception).__name__)
        note_progress()


@signals.setup_logging.connect
def keep_logging(**_signal: Any) -> None:
    """Keep Django's logging: with a receiver here Celery does not configure its own."""


@signals.worker_init.connect
def watch_progress(**_signal: Any) -> None:
    """Record progress from now on, in this process and its forks; a start counts as progress."""
    signals.task_postrun.connect(note_progress)
    note_progress()


def note_progress(**_signal: Any) -> None:
    """Record that a task has ended."""
    file = progress_file(settings.NEXUS_HOME)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


@signals.worker_ready.connect
def tell_metrics(**_signal: Any) -> None:
    """Serve the metrics of this worker; if the port is taken, the worker runs without them."""
    if not settings.WORKER_METRICS_PORT:
        return
    # In a container the scrape comes from outside; on a laptop from the machine itself.
    host = "127.0.0.1" if settings.EMBEDDED else "0.0.0.0"  # noqa: S104 -- in a container the scrape comes from outside
    try:
        server = make_server(host, settings.WORKER_METRICS_PORT, _answer, _Server, _Quiet)
    except OSError as error:
        log.error("worker_metrics_untold", port=settings.WORKER_METRICS_PORT, error=error)  # noqa: TRY400 -- the stack adds nothing
        return
    _servers.append(server)
    background.start(server.serve_forever, name="metrics")
    # Registered so that it runs before the threads are joined: nothing else ends this one.
    atexit.register(server.shutdown)


@signals.worker_ready.connect
def worker_lives(**_signal: Any) -> None:
    """Log that this worker accepts tasks, and start its heartbeat; its children have none."""
    log.info("worker_ready")
    heartbeat.start("worker")


@signals.beat_init.connect
def beat_lives(**_signal: Any) -> None:
    """Start the heartbeat of beat."""
    heartbeat.start("beat")


@signals.worker_process_init.connect
def leave_the_server(**_signal: Any) -> None:
    """Close the server that a child inherits: it would keep the port after its worker ends."""
    for server in _servers:
        server.socket.close()
        # No thread serves in a child, so `shutdown` would wait forever.
        atexit.unregister(server.shutdown)
    _servers.clear()


class _Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread, so that a silent client does not block the others."""

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a background thread, which is joined when the process ends."""
        background.start(
            partial(self.process_request_thread, request, client_address), name="metrics answer"
        )


class _Quiet(WSGIRequestHandler):
    """Does not log requests, which come every few seconds."""

    timeout = SILENCE_S

    def handle(self) -> None:
        """Answer the request, or give up on a silent client."""
        with suppress(TimeoutError):
            super().handle()

    def log_message(self, *_message: Any) -> None:
        """Log nothing."""


def _answer(request: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    token = settings.METRICS_TOKEN
    authorization = str(request.get("HTTP_AUTHORIZATION", ""))
    # Without a token only a laptop answers, where the port is not open to others.
    is_allowed = (
        constant_time_compare(authorization, f"Bearer {token}") if token else settings.EMBEDDED
    )
    if request["PATH_INFO"] != "/metrics" or not is_allowed:
        start_response("404 Not Found", [("Content-Length", "0")])
        return []
    body, content_type = exposition(str(request.get("HTTP_ACCEPT", "")))
    start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
