"""One trace leads from a request over its task to SQL, and the logs contain its id."""

import json
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.http import Receiver, receiving
from tests.support.servers import Service, embedded_environment, serving
from tests.support.waiting import until

SIGN_UP = {"email": "ada@example.org", "password": "correct horse battery", "name": "Ada"}


def spans(collector: Receiver) -> list[Span]:
    """Return every span that arrived."""
    return [
        span
        for body in list(collector.bodies)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def logged(service: Service) -> list[dict[str, Any]]:
    """Return the lines of the logs; other output of a service is not JSON."""
    lines = list(service.lines)
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_request_task_and_sql_are_one_trace_and_the_logs_say_which(tmp_path: Path) -> None:
    with receiving() as collector:
        environment = {
            **embedded_environment(tmp_path),
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collector.host}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "NEXUS_LOG_LEVEL": "INFO",
        }
        with serving(environment) as service:
            service.wait_for("ready in")
            service.part("worker")
            server = f"http://127.0.0.1:{service.port}"
            answer = httpx.post(f"{server}/api/v1/accounts/sign-up/", json=SIGN_UP)
            assert answer.status_code == 202, answer.text
            asked = answer.headers["X-Request-ID"]
            (server_span,) = wait_for(collector, "POST api/v1/accounts/sign-up/", 1)
            handled = wait_for(collector, "outbox users.", 1)
            delivered = wait_for_lines(service, asked)
            assert service.end() == 0

    trace = server_span.trace_id
    assert {span.trace_id for span in handled} == {trace}
    family = [span for span in spans(collector) if span.trace_id == trace]
    below = {span.span_id: span for span in family}
    statements = [span for span in family if span.kind == Span.SPAN_KIND_CLIENT]
    of_request = [one for one in statements if one.parent_span_id == server_span.span_id]
    of_task = [one for one in statements if under(one, handled[0], below)]
    assert any("outbox_message" in text_of(one) for one in of_request)
    assert of_task
    assert not any("ada@example.org" in str(span) for span in family)

    events = {line["event"] for line in delivered}
    assert {"request", "outbox_delivered"} <= events
    assert {line["trace_id"] for line in delivered} == {trace.hex()}


def under(one: Span, above: Span, family: dict[bytes, Span]) -> bool:
    while one.parent_span_id in family:
        one = family[one.parent_span_id]
        if one.span_id == above.span_id:
            return True
    return False


def text_of(span: Span) -> str:
    values = {one.key: one.value.string_value for one in span.attributes}
    return str(values.get("db.query.text", ""))


def wait_for(collector: Receiver, name: str, number: int) -> list[Span]:
    """Return the spans whose names have a prefix, once there are enough."""

    def found() -> list[Span]:
        return [span for span in spans(collector) if span.name.startswith(name)]

    enough = until(lambda: len(found()) >= number)
    assert enough, f"no {name} among {sorted({span.name for span in spans(collector)})}"
    return found()


def wait_for_lines(service: Service, request_id: str) -> list[dict[str, Any]]:
    """Return the lines about a request, once its mail is among them."""

    def found() -> list[dict[str, Any]]:
        return [line for line in logged(service) if line.get("request_id") == request_id]

    mailed = until(lambda: any(line["event"] == "outbox_delivered" for line in found()))
    assert mailed, logged(service)[-20:]
    return found()
