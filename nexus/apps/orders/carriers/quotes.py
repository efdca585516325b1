"""Asking several carriers at once, within one request: the one place here where async pays.

Each carrier takes some hundred milliseconds, nearly all of it waiting, and none waits for another:
asked one after the other they cost the sum of their times, asked at once that of the slowest. A
thread for each would do the same for a few; what asyncio adds is that one deadline cancels
whatever still waits, in the middle of its connection, and that nothing is left running behind.

Elsewhere a request waits for PostgreSQL alone, whose driver, transactions and ORM are synchronous
here, and one query needs the answer of the one before: async would add a loop and gain nothing. So
the server stays WSGI, and whoever calls this opens a loop for it with `asyncio.run`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from nexus.apps.orders.carriers.protocol import Carrier, CarrierError, Offer, Parcel

__all__ = ["MAX_AT_ONCE", "Answer", "Silence", "ask_carriers"]

MAX_AT_ONCE = 8
"""How many carriers one request asks at the same time."""

log = structlog.get_logger()


class Silence(StrEnum):
    """Why a carrier has not answered."""

    TOO_SLOW = "too_slow"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one carrier has said, or why it has not."""

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
    """Ask all carriers, and give what each has said by the deadline, in their order.

    One that fails or is late takes nothing from the others: its answer says so.
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
        # A fault of ours: the others have answered all the same.
        except Exception as error:
            log.warning("carrier_failed", carrier=carrier.name, exc_info=error)
            return Answer(carrier.name, silence=Silence.FAILED)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(carrier)) for carrier in carriers]
    return [task.result() for task in tasks]


# end: ask
