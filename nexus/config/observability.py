"""What is noted of every Celery task: who asked for it, its count and duration.

And the small HTTP server on which a worker tells it.
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
# Who connects to the worker's metrics says within this what they want.
SILENCE_S = 5

log = structlog.get_logger()
# Of the tasks of this process, by their ids: when they began, and what to undo behind them.
_running: "dict[str, tuple[float, ExitStack, Span | None]]" = {}
_lost: "deque[str]" = deque(maxlen=100)
_servers: list[WSGIServer] = []


def progress_file(home: Path) -> Path:
    """Return the file that the worker of a home touches when it gets on; see `worker_alive`."""
    return home / "worker-progress"


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_signal: Any) -> None:
    """Let a task know the request and the trace that it comes from."""
    headers.setdefault(HEADER, current_request_id())
    headers.setdefault(TRACE_HEADER, traceparent())


@signals.task_prerun.connect
def begin(task_id: str, task: "Task[..., Any]", **_signal: Any) -> None:
    """Bind what the logs of a task are to say."""
    undo = ExitStack()
    names = {"task": task.name, "task_id": task_id}
    if request_id := _sent(task, HEADER):
        names["request_id"] = request_id
    undo.enter_context(bound_contextvars(**names))
    made = undo.enter_context(span(task.name, "CONSUMER", parent=_sent(task, TRACE_HEADER)))
    _running[task_id] = (time.perf_counter(), undo, made)


def _sent(task: "Task[..., Any]", header: str) -> str:
    # A task that this process does itself has its headers apart.
    return str(task.request.get(header) or (task.request.headers or {}).get(header) or "")


@signals.task_postrun.connect
def end(task_id: str, task: "Task[..., Any]", state: str | None = None, **_signal: Any) -> None:
    """Count a task that has ended; one that is being killed has no state, and is counted below."""
    began, undo, made = _running.pop(task_id, (None, ExitStack(), None))
    if state != SUCCESS:
        fail(made)
    if state is not None:
        TASKS.labels(task.name, state.lower()).inc()
    if began is not None:
        lasted_s = time.perf_counter() - began
        TASK_DURATION.labels(task.name).observe(lasted_s)
        log.info("task_ended", state=state, duration_ms=round(lasted_s * 1000, 1))
    undo.close()


@signals.task_failure.connect
def end_without_process(
    sender: "Task[..., Any]", task_id: str, exception: BaseException, **_signal: Any
) -> None:
    """Count a task whose process was killed, for its time or otherwise: it cannot tell itself.

    The worker hears of it in its own process, of a limit of time twice. A task that it gives back
    to the broker is counted when it has ended.
    """
    if isinstance(exception, TimeLimitExceeded | WorkerLostError) and task_id not in _lost:
        _lost.append(task_id)
        TASKS.labels(sender.name, FAILURE.lower()).inc()
        log.error("task_lost", task=sender.name, task_id=task_id, error=type(exception).__name__)
        note_progress()


@signals.setup_logging.connect
def keep_logging(**_signal: Any) -> None:
    """Leave logs as Django has set them up: with a receiver here Celery sets up none of its own."""


@signals.worker_init.connect
def watch_progress(**_signal: Any) -> None:
    """Note progress from now on, in this process and those that it forks; a start is some too."""
    signals.task_postrun.connect(note_progress)
    note_progress()


def note_progress(**_signal: Any) -> None:
    """Note that a task has ended."""
    noted = progress_file(settings.NEXUS_HOME)
    noted.parent.mkdir(parents=True, exist_ok=True)
    noted.touch()


@signals.worker_ready.connect
def tell_metrics(**_signal: Any) -> None:
    """Serve the metrics of this worker; where the port is taken, the worker works all the same."""
    if not settings.WORKER_METRICS_PORT:
        return
    # A container is asked from outside; a laptop asks itself.
    host = "127.0.0.1" if settings.EMBEDDED else "0.0.0.0"  # noqa: S104 -- a container is reached from outside
    try:
        server = make_server(host, settings.WORKER_METRICS_PORT, _answer, _Server, _Quiet)
    except OSError as error:
        log.error("worker_metrics_untold", port=settings.WORKER_METRICS_PORT, error=error)  # noqa: TRY400 -- the port says it all
        return
    _servers.append(server)
    background.start(server.serve_forever, name="metrics")
    # Before the threads are awaited: this one ends by nothing else.
    atexit.register(server.shutdown)


@signals.worker_ready.connect
def worker_lives(**_signal: Any) -> None:
    """Say that this worker takes tasks and lives; its children are its own affair."""
    log.info("worker_ready")
    heartbeat.start("worker")


@signals.beat_init.connect
def beat_lives(**_signal: Any) -> None:
    """Say that beat lives."""
    heartbeat.start("beat")


@signals.worker_process_init.connect
def leave_the_server(**_signal: Any) -> None:
    """Close what a child has inherited: it would keep the port when its worker is gone."""
    for server in _servers:
        server.socket.close()
        # Nobody serves in a child, so to end the server would wait for ever.
        atexit.unregister(server.shutdown)
    _servers.clear()


class _Server(ThreadingMixIn, WSGIServer):
    """Answers each in a thread: one who connects and says nothing keeps nobody else waiting."""

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread that the end of the process waits for."""
        background.start(
            partial(self.process_request_thread, request, client_address), name="metrics answer"
        )


class _Quiet(WSGIRequestHandler):
    """Asked every few seconds: that is no news."""

    timeout = SILENCE_S

    def handle(self) -> None:
        """Answer, unless nothing is asked."""
        with suppress(TimeoutError):
            super().handle()

    def log_message(self, *_message: Any) -> None:
        """Say nothing."""


def _answer(asked: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    token = settings.METRICS_TOKEN
    given = str(asked.get("HTTP_AUTHORIZATION", ""))
    # Without a token a laptop answers, where nobody else can ask.
    known = constant_time_compare(given, f"Bearer {token}") if token else settings.EMBEDDED
    if asked["PATH_INFO"] != "/metrics" or not known:
        start_response("404 Not Found", [("Content-Length", "0")])
        return []
    body, content_type = exposition(str(asked.get("HTTP_ACCEPT", "")))
    start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
