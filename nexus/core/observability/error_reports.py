"""Unexpected errors, sent to Sentry when `SENTRY_DSN` is set, without personal data.

Reported are exceptions that leave a view or a task, and those that Nexus logs as errors; an
exception that does both is reported once. Sent are the exception's type and stack, the name of the
log event, the route or the name of the task, and the ids of request and user. Not sent are the
texts of exceptions and logs, URLs, headers, cookies, bodies, values of variables, breadcrumbs and
e-mail addresses.
"""

import logging
import sys
from typing import Any

import nexus
from nexus.core.observability.request_context import (
    add_user_id,
    current_request,
    current_request_id,
    route_of,
)

__all__ = ["set_up"]

NAME = "nexus_log"
"""The key in an event's hint that holds the name of the log event."""


def set_up(dsn: str) -> None:
    """Start reporting errors."""
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        release=nexus.__version__,
        # Auto-detected integrations would add data that was not reviewed here.
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(transaction_style="url"), CeleryIntegration()],
        # It would send log lines with all their fields, and without the stack, which structlog puts
        # in a field.
        disabled_integrations=[LoggingIntegration()],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=_without_people,
    )
    logging.getLogger().addHandler(_Reports(logging.ERROR))


class _Reports(logging.Handler):
    """Reports the errors that Nexus logs; integrations report those of Django and Celery."""

    def emit(self, record: logging.LogRecord) -> None:
        """Report the exception of a log record, if it has one."""
        from sentry_sdk import capture_event, get_client
        from sentry_sdk.utils import event_from_exception

        line: Any = record.msg
        error = line.get("exc_info") if isinstance(line, dict) else None
        if error is True:
            error = sys.exc_info()
        if error:
            options = get_client().options
            event, hint = event_from_exception(error, client_options=options)
            # Sentry recognises an exception that was already reported by `hint`.
            capture_event(event, {**hint, NAME: line["event"]})


def _without_people(event: Any, hint: Any) -> Any:
    """Strip an event to what identifies the fault."""
    # "extra" includes a task's arguments: ids today, but perhaps personal data later.
    for name in ("user", "server_name", "breadcrumbs", "modules", "request", "extra", "logentry"):
        event.pop(name, None)
    if NAME in hint:
        event["logentry"] = {"message": hint[NAME]}
    request = current_request.get()
    if request is not None:
        event["request"] = {"method": request.method}
        event["transaction"] = route_of(request)
    elif event.get("transaction_info", {}).get("source") == "url":
        # Sentry's own value, a path, if it found no route.
        event["transaction"] = "unknown"
    fields = add_user_id(None, "", {})
    if "user_id" in fields:
        event["user"] = {"id": fields["user_id"]}
    if request_id := current_request_id():
        event.setdefault("tags", {})["request_id"] = request_id
    # Exception messages contain data of rows: "Key (email)=(…) already exists".
    for exception in (event.get("exception") or {}).get("values", []):
        exception["value"] = ""
    return event
