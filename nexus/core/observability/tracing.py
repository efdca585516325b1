"""Traces: what a request caused, across processes, down to each SQL statement.

With `OTEL_EXPORTER_OTLP_ENDPOINT` set, spans are sent there by OTLP over HTTP; OpenTelemetry's own
variables, such as `OTEL_TRACES_SAMPLER`, apply too. Without it OpenTelemetry is not imported, and a
span costs one check of a variable.

Spans are created here and not by OpenTelemetry's instrumentation of Django, which is a beta and
records full URLs: ours contain ids of people, and tokens. A span has the route, and SQL without its
parameters.
"""

from collections.abc import Callable, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.trace import Span, Tracer

__all__ = ["add_trace", "fail", "is_on", "set_up", "span", "traceparent"]

MAX_SQL_LENGTH = 2000


class _State:
    """The tracer of this process, once it is set up."""

    tracer: "Tracer | None" = None


def set_up(service: str) -> None:
    """Start sending spans, as `service` unless `OTEL_SERVICE_NAME` is set."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": service}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    # It uses a thread, which it restarts in a forked process.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _State.tracer = trace.get_tracer("nexus")
    connection_created.connect(_watch_statements)


def is_on() -> bool:
    """Return whether spans are sent."""
    return _State.tracer is not None


@contextmanager
def span(
    name: str, kind: str = "INTERNAL", *, parent: str = "", **attributes: Any
) -> "Iterator[Span | None]":
    """Create a span around the body, with the traceparent `parent` or the current span as parent.

    Two underscores in an attribute's name stand for a dot. An exception marks the span as failed.
    """
    if _State.tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
    span_attributes = {key.replace("__", "."): value for key, value in attributes.items()}
    with _State.tracer.start_as_current_span(
        name,
        context,
        kind=SpanKind[kind],
        attributes=span_attributes,
        # Either would record the exception's text, which may contain personal data.
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            fail(current, type(error).__name__)
            raise


def fail(of: "Span | None", why: str = "") -> None:
    """Mark a span as failed; `why` is the name of an exception's type."""
    if of is not None:
        from opentelemetry.trace import StatusCode

        of.set_status(StatusCode.ERROR, why or None)


def traceparent() -> str:
    """Return the current span as a W3C traceparent, or "" if there is none."""
    if _State.tracer is None:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def add_trace(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add the ids of the current trace and span to a log line."""
    if _State.tracer is not None:
        from opentelemetry.trace import get_current_span

        span_context = get_current_span().get_span_context()
        if span_context.is_valid:
            event["trace_id"] = f"{span_context.trace_id:032x}"
            event["span_id"] = f"{span_context.span_id:016x}"
    return event


def _watch_statements(*, connection: Any, **_signal: Any) -> None:
    # The same connection object is reconnected many times.
    if _trace_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_trace_statement)


def _trace_statement(
    execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: Any
) -> Any:
    from opentelemetry.trace import get_current_span

    # Statements outside a request, such as the runner's polling, would each be a trace of their
    # own.
    if not get_current_span().is_recording():
        return execute(sql, params, many, context)
    text = sql if isinstance(sql, str) else str(sql)
    with span(
        text.partition(" ")[0].upper()[:20] or "SQL",
        "CLIENT",
        db__system__name="postgresql",
        db__query__text=text[:MAX_SQL_LENGTH],
    ):
        return execute(sql, params, many, context)
