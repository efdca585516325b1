"""A span contains only the type of an error."""

import pytest
from django.db import IntegrityError, connection, transaction
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from nexus.apps.users.models import User
from nexus.core.observability import tracing


@pytest.mark.django_db
def test_a_statement_that_fails_names_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, sent = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(sent))
    monkeypatch.setattr(tracing._State, "tracer", provider.get_tracer("tests"))
    User.objects.create(email="ada@example.org")

    with (
        connection.execute_wrapper(tracing._trace_statement),
        tracing.span("request"),
        pytest.raises(IntegrityError, match=r"ada@example\.org"),
        transaction.atomic(),
    ):
        User.objects.create(email="ada@example.org")

    failed = [one for one in sent.get_finished_spans() if not one.status.is_ok]
    told = [(one.name, one.status.status_code, one.status.description) for one in failed]
    assert told == [("INSERT", StatusCode.ERROR, "IntegrityError")]
    assert not any("ada@example.org" in one.to_json() for one in sent.get_finished_spans())
