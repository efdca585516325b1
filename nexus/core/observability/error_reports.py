"""Errors that nobody expected, sent to Sentry when `SENTRY_DSN` is set, without personal data.

Reported are those that a view or a task lets through, and those that Nexus logs as errors; one that
is both is reported once. What is sent: the exception's type and stack, the name of the log's event,
the pattern of the address or the name of the task, the ids of request and user. What is not: texts
of exceptions and logs, addresses, headers, cookies, bodies, values of variables, breadcrumbs,
e-mail.
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
"""Under this the hint of an event has the name of the line that it comes from."""


def set_up(dsn: str) -> None:
    """Begin to report errors."""
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        release=nexus.__version__,
        # Others would be found by what is installed, and add what was not looked at here.
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(transaction_style="url"), CeleryIntegration()],
        # It sends lines with all their fields, and without the stack, which structlog keeps in one.
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
    """Reports the errors that Nexus logs; those of Django and Celery come by themselves."""

    def emit(self, record: logging.LogRecord) -> None:
        """Report the exception of a line, if it has one."""
        from sentry_sdk import capture_event, get_client
        from sentry_sdk.utils import event_from_exception

        line: Any = record.msg
        error = line.get("exc_info") if isinstance(line, dict) else None
        if error is True:
            error = sys.exc_info()
        if error:
            options = get_client().options
            event, hint = event_from_exception(error, client_options=options)
            # One that was reported already is known by `hint`.
            capture_event(event, {**hint, NAME: line["event"]})


def _without_people(event: Any, hint: Any) -> Any:
    """Leave of an event what tells of the fault."""
    # With "extra" go a task's arguments; ours are ids, but who knows what is to come.
    for name in ("user", "server_name", "breadcrumbs", "modules", "request", "extra", "logentry"):
        event.pop(name, None)
    if NAME in hint:
        event["logentry"] = {"message": hint[NAME]}
    request = current_request.get()
    if request is not None:
        event["request"] = {"method": request.method}
        event["transaction"] = route_of(request)
    elif event.get("transaction_info", {}).get("source") == "url":
        # Sentry's own, where it found no pattern: a path.
        event["transaction"] = "unknown"
    who = add_user_id(None, "", {})
    if "user_id" in who:
        event["user"] = {"id": who["user_id"]}
    if request_id := current_request_id():
        event.setdefault("tags", {})["request_id"] = request_id
    # Messages of exceptions name rows and values: "Key (email)=(…) already exists".
    for one in (event.get("exception") or {}).get("values", []):
        one["value"] = ""
    return event
