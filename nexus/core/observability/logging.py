"""Structured logs: a constant event name, ids as fields, JSON unless a person is watching.

On a deployment an exception is told by type, code and stack: its text may name people, as
PostgreSQL's "Key (email)=(…) already exists" does. On a laptop it is told whole.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import structlog

from nexus.core.observability.request_context import add_user_id, route_of
from nexus.core.observability.tracing import add_trace

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

__all__ = ["Discreet", "add_error", "line_logger", "logging_config", "tell_error"]

SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    add_user_id,
    add_trace,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
# One encoder for all lines: `json.dumps` would make one for each.
_encode = json.JSONEncoder(default=repr).encode
# Where exceptions keep their codes: PostgreSQL's, a mail server's, the kernel's.
CODES = ("sqlstate", "smtp_code", "errno")


def logging_config(*, level: str, as_json: bool, texts: bool) -> dict[str, Any]:
    """Set up structlog and give the `LOGGING` dictionary that sends `logging` through it.

    `level` is a level name such as `INFO`; `as_json` chooses one JSON object a line over coloured
    text; `texts` lets the texts of exceptions be told, for a laptop.
    """
    shared = [*SHARED, structlog.stdlib.add_logger_name]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(_serialize)
        if as_json
        else structlog.dev.ConsoleRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "nexus": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_telling(texts=texts),
                    renderer,
                ],
                "foreign_pre_chain": shared,
            },
        },
        "filters": {"discreet": {"()": Discreet, "texts": texts}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "nexus",
                "filters": ["discreet"],
            },
        },
        # What is refused is told by the line about its request; what breaks, here.
        # So it is with Celery, which would tell twice of every task.
        "loggers": {"django.request": {"level": "ERROR"}, "celery": {"level": "WARNING"}},
        "root": {"handlers": ["stderr"], "level": level},
    }


def add_error(error: BaseException) -> str:
    """Return the type of an exception, and its code where it has one, without its text."""
    name = type(error).__name__
    # Django's errors have their code in psycopg's, which they come from.
    for one in (error, error.__cause__):
        for attribute in CODES:
            if code := getattr(one, attribute, None):
                return f"{name} ({code})"
    return name


def tell_error(error: BaseException) -> str:
    """Return the stack of an exception, and those of all that it came from, without their texts."""
    return "\n".join(
        "".join([*traceback.format_tb(one.__traceback__), add_error(one)])
        for one in _chain(error, set())
    )


def _chain(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """Return what an exception came from, and then itself."""
    if id(error) in seen:
        return
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for one in (before, *inner):
        if one is not None:
            yield from _chain(one, seen)
    yield error


class Discreet(logging.Filter):
    """Takes out of what others log what may name people; holds no record back.

    Django's paths have ids in them, and sometimes a token: the pattern stands for them. Texts of
    exceptions go unless `texts` are to be told.
    """

    def __init__(self, *, texts: bool = False) -> None:
        super().__init__()
        self.texts = texts

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the values that the record's message is made with."""
        given = record.args
        if isinstance(given, tuple):
            request = getattr(record, "request", None)
            record.args = tuple(self._bare(value, request) for value in given)
        elif given and "exc" in given and not self.texts:
            # A task's error is told by Celery, as text too.
            kind = (record.exc_info or (None,))[0]
            record.args = {**given, "exc": kind.__name__ if kind else "", "traceback": ""}
        return True

    def _bare(self, value: object, request: Any) -> object:
        if isinstance(value, BaseException) and not self.texts:
            return add_error(value)
        return route_of(request) if value == getattr(request, "path", None) else value


def _telling(*, texts: bool) -> "list[Processor]":
    """Return what tells the exception of a line, and those among its fields."""

    def tell_fields(_logger: Any, _method: str, event: "EventDict") -> "EventDict":
        for field, value in event.items():
            if isinstance(value, BaseException):
                event[field] = f"{type(value).__name__}: {value}" if texts else add_error(value)
        return event

    bare = structlog.processors.ExceptionRenderer(lambda told: tell_error(told[1]))
    return [structlog.processors.format_exc_info if texts else bare, tell_fields]


def line_logger(name: str) -> Any:
    """Return a logger for what is told of every request, or nothing where INFO is not wanted.

    It writes the same JSON as all others, past `logging`, which costs three times as much.
    """
    if not logging.getLogger(name).isEnabledFor(logging.INFO):
        return None
    if sys.stderr.isatty():
        return structlog.get_logger(name)
    return structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[
            *SHARED,
            structlog.processors.JSONRenderer(_serialize),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind(logger=name)


def _serialize(event: Any, **_options: Any) -> str:
    return _encode(event)
