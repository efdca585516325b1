"""Publishing an event, and handling the messages it makes."""

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
"""After so many a message is given up; with the waits between them that takes some five hours."""
FIRST_WAIT, MAX_WAIT = timedelta(seconds=5), timedelta(hours=1)
# What was just published is about to be handled: the sweeper leaves it to the worker.
GRACE = timedelta(seconds=10)
KEPT = timedelta(days=7)
MAX_SWEPT = 5_000

log = structlog.get_logger()
_silenced: ContextVar[bool] = ContextVar("silenced", default=False)


def publish(topic: str, **payload: Any) -> None:
    """Write an event down for everybody who handles its topic.

    `payload` is JSON: ids rather than copies, never a secret. Raises `RuntimeError` outside a
    transaction, since an event without the change that it tells of would be a lie.
    """
    written = _write(topic, payload)
    if written:
        ids = [message.pk for message in written]
        # Robust: what has been committed stands, whether or not the broker answers.
        transaction.on_commit(partial(published.send, sender=Message, message_ids=ids), robust=True)


def publish_later(topic: str, *, wait: timedelta, **payload: Any) -> None:
    """Write an event down that nobody is to handle before `wait` has passed.

    A sweep finds it, so it may come some seconds later. Raises `RuntimeError` outside a
    transaction.
    """
    _write(topic, payload, due_at=Now() + Value(wait))


@contextmanager
def silenced() -> Iterator[None]:
    """Let this thread publish nothing: data that is made up mails nobody."""
    token = _silenced.set(True)
    try:
        yield
    finally:
        _silenced.reset(token)


@transaction.atomic
def deliver(message_id: int) -> bool:
    """Return a message to its handler; tells whether that went well.

    What the handler writes is committed together with the mark that it is done. Where it raises,
    its writes are taken back and the message waits, longer each time. A message that another
    process holds, that is done or not due yet is left alone.
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
    except Exception as error:  # noqa: BLE001 -- whatever it was is written down and tried again
        _put_off(message, error)
        return False
    Message.objects.filter(pk=message.pk).update(attempts=F("attempts") + 1, delivered_at=Now())
    count_on_commit(DELIVERIES.labels(message.topic, "delivered"))
    log.info("outbox_delivered", handler=message.handler)
    return True


def _origin(message: Message) -> dict[str, Any]:
    """Return what the logs of a handler are to say: its message, and the request that asked."""
    known = {"message": message.pk, "topic": message.topic}
    # A sweep is nobody's request; what it delivers is somebody's.
    return {**known, "request_id": message.request_id} if message.request_id else known


def sweep(*, seconds: float) -> int:
    """Deliver what is due and has not been, for `seconds` at most; gives the number of attempts."""
    ends = time.monotonic() + seconds
    forgotten = Message.objects.due().filter(due_at__lte=Now() - Value(GRACE)).order_by("due_at")
    swept = 0
    for message_id in list(forgotten.values_list("pk", flat=True)[:MAX_SWEPT]):
        if time.monotonic() > ends:
            break
        deliver(message_id)
        swept += 1
    return swept


@transaction.atomic
def retry_failed(
    *, message_ids: list[int] | None = None, by: "AbstractBaseUser | AnonymousUser | None" = None
) -> int:
    """Let messages that were given up be tried again, all or some; gives their number."""
    rows = Message.objects.select_for_update().filter(failed_at__isnull=False).order_by("pk")
    failed = list(rows if message_ids is None else rows.filter(pk__in=message_ids))
    for message in failed:
        record("outbox.retried", by=by, of=message)
    chosen = Message.objects.filter(pk__in=[message.pk for message in failed])
    return chosen.update(failed_at=None, attempts=0, due_at=Now())


def delete_delivered() -> int:
    """Delete what was delivered more than a week ago; gives the number."""
    return Message.objects.filter(delivered_at__lt=Now() - Value(KEPT)).delete()[0]


def oldest_waiting_s() -> float:
    """Return the age of the oldest message that is due, in seconds; 0 where none is."""
    oldest = Message.objects.due().aggregate(at=Min("due_at"))["at"]
    return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0


def _write(topic: str, payload: dict[str, Any], **moment: Any) -> list[Message]:
    if not transaction.get_connection().in_atomic_block:
        message = "An event is published inside the transaction of the change that it tells of."
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
    given_up = attempts >= MAX_ATTEMPTS
    count_on_commit(DELIVERIES.labels(message.topic, "given_up" if given_up else "put_off"))
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), MAX_WAIT)
    log.warning(
        "outbox_failed",
        handler=message.handler,
        attempts=attempts,
        given_up=given_up,
        exc_info=error,
    )
    Message.objects.filter(pk=message.pk).update(
        attempts=attempts,
        due_at=Now() + Value(wait),
        failed_at=Now() if given_up else None,
        # Its text may name people, and a message that is given up outlives their accounts.
        last_error=add_error(error),
    )
