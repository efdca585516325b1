"""Structured logs: a constant event name, ids as fields, JSON unless stderr is a terminal.

On a deployment an exception is logged by type, code and stack only: its text may contain personal
data, as PostgreSQL's "Key (email)=(…) already exists" does. On a laptop the text is logged too.
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
# One encoder for all lines: `json.dumps` with options would create one for each.
_encode = json.JSONEncoder(default=repr).encode
# Attributes with an exception's code: PostgreSQL's, a mail server's, the kernel's.
CODES = ("sqlstate", "smtp_code", "errno")


def logging_config(*, level: str, as_json: bool, texts: bool) -> dict[str, Any]:
    """Configure structlog and return the `LOGGING` dictionary that sends `logging` through it.

    `level` is a level name such as `INFO`; `as_json` selects one JSON object per line instead of
    coloured text; `texts` includes the texts of exceptions, for a laptop.
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
                    *_exception_processors(texts=texts),
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
        # A refused request is logged by the line about the request; a server error is logged here.
        # Celery would log each task a second time.
        "loggers": {"django.request": {"level": "ERROR"}, "celery": {"level": "WARNING"}},
        "root": {"handlers": ["stderr"], "level": level},
    }


def add_error(error: BaseException) -> str:
    """Return the type of an exception and its code, if it has one, without its text."""
    name = type(error).__name__
    # Django's errors have the code in their cause, psycopg's error.
    for exception in (error, error.__cause__):
        for attribute in CODES:
            if code := getattr(exception, attribute, None):
                return f"{name} ({code})"
    return name


def tell_error(error: BaseException) -> str:
    """Return the stacks of an exception and of its causes, without their texts."""
    return "\n".join(
        "".join([*traceback.format_tb(exception.__traceback__), add_error(exception)])
        for exception in _chain(error, set())
    )


def _chain(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """Yield the causes of an exception, and then the exception itself."""
    if id(error) in seen:
        return
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for related in (cause, *inner):
        if related is not None:
            yield from _chain(related, seen)
    yield error


class Discreet(logging.Filter):
    """Removes personal data from the arguments of other libraries' log records.

    No record is dropped. Paths logged by Django may contain ids or a token, so the route replaces
    them. Texts of exceptions are removed unless `texts` is set.
    """

    def __init__(self, *, texts: bool = False) -> None:
        super().__init__()
        self.texts = texts

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the arguments of the record's message; always return True."""
        args = record.args
        if isinstance(args, tuple):
            request = getattr(record, "request", None)
            record.args = tuple(self._bare(value, request) for value in args)
        elif args and "exc" in args and not self.texts:
            # Celery logs a task's error itself, also as text.
            error_type = (record.exc_info or (None,))[0]
            record.args = {
                **args,
                "exc": error_type.__name__ if error_type else "",
                "traceback": "",
            }
        return True

    def _bare(self, value: object, request: Any) -> object:
        if isinstance(value, BaseException) and not self.texts:
            return add_error(value)
        return route_of(request) if value == getattr(request, "path", None) else value


def _exception_processors(*, texts: bool) -> "list[Processor]":
    """Return the processors that render exceptions, those of the line and those in its fields."""

    def render_fields(_logger: Any, _method: str, event: "EventDict") -> "EventDict":
        for field, value in event.items():
            if isinstance(value, BaseException):
                event[field] = f"{type(value).__name__}: {value}" if texts else add_error(value)
        return event

    without_texts = structlog.processors.ExceptionRenderer(lambda exc_info: tell_error(exc_info[1]))
    return [structlog.processors.format_exc_info if texts else without_texts, render_fields]


def line_logger(name: str) -> Any:
    """Return a logger for the line about each request, or None if INFO is disabled.

    It writes the same JSON as other loggers but bypasses `logging`, which takes three times as
    long.
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
