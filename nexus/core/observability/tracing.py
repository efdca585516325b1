"""Traces: what one request led to, over processes, down to each SQL statement.

With `OTEL_EXPORTER_OTLP_ENDPOINT` set, spans are sent there by OTLP over HTTP; OpenTelemetry's own
variables, such as `OTEL_TRACES_SAMPLER`, hold too. Without it nothing is imported, and a span costs
a look at a variable.

Spans are made here and not by OpenTelemetry's instrumentation of Django, which is a beta and writes
down whole addresses: ours have ids of people in them, and tokens. A span has the pattern of an
address, and SQL without its parameters.
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
    """The tracer of this process, once one was set up."""

    tracer: "Tracer | None" = None


def set_up(service: str) -> None:
    """Begin to send spans, as those of `service` unless `OTEL_SERVICE_NAME` says otherwise."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    known = Resource.create({"service.name": service}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=known)
    # In a thread of its own, which a process that is forked starts anew.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _State.tracer = trace.get_tracer("nexus")
    connection_created.connect(_watch_statements)


def is_on() -> bool:
    """Whether spans are sent."""
    return _State.tracer is not None


@contextmanager
def span(
    name: str, kind: str = "INTERNAL", *, parent: str = "", **attributes: Any
) -> "Iterator[Span | None]":
    """Make a span of what is done inside; below `parent`, a traceparent, or else the present one.

    Names of attributes are given with two underscores for a dot. An error that leaves it marks it.
    """
    if _State.tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    with _State.tracer.start_as_current_span(
        name,
        context,
        kind=SpanKind[kind],
        attributes=named,
        # Either would write down its text, which may name people.
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield made
        except Exception as error:
            fail(made, type(error).__name__)
            raise


def fail(of: "Span | None", why: str = "") -> None:
    """Mark a span as that of something that went wrong; `why` is the name of an error's type."""
    if of is not None:
        from opentelemetry.trace import StatusCode

        of.set_status(StatusCode.ERROR, why or None)


def traceparent() -> str:
    """Return the present span as W3C Trace Context writes it, or nothing."""
    if _State.tracer is None:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def add_trace(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add the ids of the present trace and span to a line of the logs."""
    if _State.tracer is not None:
        from opentelemetry.trace import get_current_span

        present = get_current_span().get_span_context()
        if present.is_valid:
            event["trace_id"] = f"{present.trace_id:032x}"
            event["span_id"] = f"{present.span_id:016x}"
    return event


def _watch_statements(*, connection: Any, **_signal: Any) -> None:
    # The same object is connected again and again.
    if _trace_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_trace_statement)


def _trace_statement(
    execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: Any
) -> Any:
    from opentelemetry.trace import get_current_span

    # What nobody asked for, such as the runner's looks for work, would each be a trace of its own.
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
