"""Quotes of several carriers, requested concurrently: the one place where async pays off.

Each carrier takes some hundred milliseconds, nearly all of it waiting, and the requests are
independent: one after the other they take the sum of their times, concurrently the time of the
slowest. A thread for each would do for a few; asyncio adds that one deadline cancels every pending
request, in the middle of its connection, and that nothing keeps running afterwards.

Elsewhere a request waits only for PostgreSQL, whose driver, transactions and ORM are synchronous
here, and each query needs the result of the previous one: async would add an event loop and gain
nothing. So the server stays WSGI, and the caller opens an event loop with `asyncio.run`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from nexus.apps.orders.carriers.protocol import Carrier, CarrierError, Offer, Parcel

__all__ = ["MAX_AT_ONCE", "Answer", "Silence", "ask_carriers"]

MAX_AT_ONCE = 8
"""How many carriers one request asks concurrently."""

log = structlog.get_logger()


class Silence(StrEnum):
    """Why a carrier returned no offers."""

    TOO_SLOW = "too_slow"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """The offers of one carrier, or why there are none."""

    carrier: str
    offers: tuple[Offer, ...] = ()
    silence: Silence | None = None


# anchor: ask
async def ask_carriers(
    carriers: Sequence[Carrier],
    parcel: Parcel,
    *,
    deadline_s: float,
    most_at_once: int = MAX_AT_ONCE,
) -> list[Answer]:
    """Ask all carriers and return what each offers by the deadline, in the same order.

    A carrier that fails or is too slow does not affect the others: its answer says so.
    """
    ends_at = asyncio.get_running_loop().time() + deadline_s
    gate = asyncio.Semaphore(most_at_once)

    async def ask(carrier: Carrier) -> Answer:
        try:
            async with asyncio.timeout_at(ends_at), gate:
                return Answer(carrier.name, tuple(await carrier.quote(parcel)))
        except TimeoutError:
            log.info("carrier_too_slow", carrier=carrier.name)
            return Answer(carrier.name, silence=Silence.TOO_SLOW)
        except CarrierError as error:
            log.warning("carrier_failed", carrier=carrier.name, error=str(error))
            return Answer(carrier.name, silence=Silence.FAILED)
        # A bug in this code must not lose the answers of the other carriers.
        except Exception as error:
            log.warning("carrier_failed", carrier=carrier.name, exc_info=error)
            return Answer(carrier.name, silence=Silence.FAILED)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(carrier)) for carrier in carriers]
    return [task.result() for task in tasks]


# end: ask
