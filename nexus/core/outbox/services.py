"""Publishing events, and delivering their messages."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.db.models import F, Min, Value
from django.db.models.functions import Now
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from nexus.core.audit.services import record
from nexus.core.observability.logging import add_error
from nexus.core.observability.metrics import DELIVERIES, count_on_commit
from nexus.core.observability.request_context import current_request_id
from nexus.core.observability.tracing import span, traceparent
from nexus.core.outbox.events import handler_named, handlers_of, published
from nexus.core.outbox.models import Message

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

__all__ = [
    "MAX_ATTEMPTS",
    "delete_delivered",
    "deliver",
    "oldest_waiting_s",
    "publish",
    "publish_later",
    "retry_failed",
    "silenced",
    "sweep",
]

MAX_ATTEMPTS = 12
"""A message is given up after this many attempts; with the waits between them that takes about
five hours."""
FIRST_WAIT, MAX_WAIT = timedelta(seconds=5), timedelta(hours=1)
# The worker is about to deliver a new message, so the sweeper ignores it for this long.
GRACE = timedelta(seconds=10)
RETENTION = timedelta(days=7)
MAX_SWEPT = 5_000

log = structlog.get_logger()
_silenced: ContextVar[bool] = ContextVar("silenced", default=False)


def publish(topic: str, **payload: Any) -> None:
    """Write an event for every handler of its topic.

    `payload` is JSON: ids rather than copies, never a secret. Raises `RuntimeError` outside a
    transaction, since an event must not exist without the change it reports.
    """
    messages = _write(topic, payload)
    if messages:
        ids = [message.pk for message in messages]
        # Robust: the commit is valid whether or not the broker responds.
        transaction.on_commit(partial(published.send, sender=Message, message_ids=ids), robust=True)


def publish_later(topic: str, *, wait: timedelta, **payload: Any) -> None:
    """Write an event that is not delivered before `wait` has passed.

    A sweep delivers it, so it may be some seconds late. Raises `RuntimeError` outside a
    transaction.
    """
    _write(topic, payload, due_at=Now() + Value(wait))


@contextmanager
def silenced() -> Iterator[None]:
    """Disable publishing in this thread, so that demonstration data sends no mail."""
    token = _silenced.set(True)
    try:
        yield
    finally:
        _silenced.reset(token)


@transaction.atomic
def deliver(message_id: int) -> bool:
    """Pass a message to its handler; return whether that succeeded.

    The handler's writes and the mark as delivered are committed together. If the handler raises,
    its writes are rolled back and the message is retried later, with exponential backoff. A message
    that another process has locked, that is delivered or not yet due is skipped.
    """
    rows = Message.objects.due().select_for_update(skip_locked=True)
    message = rows.filter(pk=message_id).first()
    if message is None:
        return False
    with (
        bound_contextvars(**_origin(message)),
        span(f"outbox {message.topic}", "CONSUMER", parent=message.traceparent),
    ):
        return _handle(message)


def _handle(message: Message) -> bool:
    try:
        with transaction.atomic():
            handler_named(message.topic, message.handler)(**message.payload)
    except Exception as error:  # noqa: BLE001 -- any failure is recorded and retried
        _put_off(message, error)
        return False
    Message.objects.filter(pk=message.pk).update(attempts=F("attempts") + 1, delivered_at=Now())
    count_on_commit(DELIVERIES.labels(message.topic, "delivered"))
    log.info("outbox_delivered", handler=message.handler)
    return True


def _origin(message: Message) -> dict[str, Any]:
    """Return the fields for a handler's logs: its message, and the request that published it."""
    fields = {"message": message.pk, "topic": message.topic}
    # A sweep has no request of its own, but its messages do.
    return {**fields, "request_id": message.request_id} if message.request_id else fields


def sweep(*, seconds: float) -> int:
    """Deliver overdue messages for at most `seconds`; return the number of attempts."""
    deadline = time.monotonic() + seconds
    overdue = Message.objects.due().filter(due_at__lte=Now() - Value(GRACE)).order_by("due_at")
    attempts = 0
    for message_id in list(overdue.values_list("pk", flat=True)[:MAX_SWEPT]):
        if time.monotonic() > deadline:
            break
        deliver(message_id)
        attempts += 1
    return attempts


@transaction.atomic
def retry_failed(
    *, message_ids: list[int] | None = None, by: "AbstractBaseUser | AnonymousUser | None" = None
) -> int:
    """Retry messages that were given up, all or those with these ids; return their number."""
    rows = Message.objects.select_for_update().filter(failed_at__isnull=False).order_by("pk")
    failed = list(rows if message_ids is None else rows.filter(pk__in=message_ids))
    for message in failed:
        record("outbox.retried", by=by, of=message)
    messages = Message.objects.filter(pk__in=[message.pk for message in failed])
    return messages.update(failed_at=None, attempts=0, due_at=Now())


def delete_delivered() -> int:
    """Delete messages delivered more than a week ago; return their number."""
    return Message.objects.filter(delivered_at__lt=Now() - Value(RETENTION)).delete()[0]


def oldest_waiting_s() -> float:
    """Return how long the oldest due message has been due, in seconds; 0 if there is none."""
    oldest = Message.objects.due().aggregate(at=Min("due_at"))["at"]
    return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0


def _write(topic: str, payload: dict[str, Any], **moment: Any) -> list[Message]:
    if not transaction.get_connection().in_atomic_block:
        message = "An event must be published inside the transaction of the change it reports."
        raise RuntimeError(message)
    if _silenced.get():
        return []
    return Message.objects.bulk_create(
        Message(
            topic=topic,
            handler=name,
            payload=payload,
            request_id=current_request_id(),
            traceparent=traceparent(),
            **moment,
        )
        for name in handlers_of(topic)
    )


def _put_off(message: Message, error: Exception) -> None:
    attempts = message.attempts + 1
    is_given_up = attempts >= MAX_ATTEMPTS
    count_on_commit(DELIVERIES.labels(message.topic, "given_up" if is_given_up else "put_off"))
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), MAX_WAIT)
    log.warning(
        "outbox_failed",
        handler=message.handler,
        attempts=attempts,
        given_up=is_given_up,
        exc_info=error,
    )
    Message.objects.filter(pk=message.pk).update(
        attempts=attempts,
        due_at=Now() + Value(wait),
        failed_at=Now() if is_given_up else None,
        # The text may contain personal data, and a given-up message outlives the account.
        last_error=add_error(error),
    )
