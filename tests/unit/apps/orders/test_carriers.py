"""Carriers are queried concurrently, independently, and only until the deadline."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest

from nexus.apps.orders.carriers import sandbox
from nexus.apps.orders.carriers.http import MAX_ANSWER_BYTES, HttpCarrier
from nexus.apps.orders.carriers.protocol import Carrier, CarrierError, Offer, Parcel
from nexus.apps.orders.carriers.quotes import Answer, Silence, ask_carriers
from nexus.apps.orders.shipping import ShippingMethod
from tests.support.nonempty import nonempty

PARCEL = Parcel(country="PT", postal_code="4000", pieces=2, value=Decimal(20), currency="EUR")
OFFER = Offer(ShippingMethod.STANDARD, Decimal("4.00"), days=3)
# No test waits for it: what it would stop ends by itself, or never.
FAR_S = 60.0


@dataclass
class Fake:
    """A carrier that does what a test needs before it responds."""

    name: str
    act: Callable[[], Coroutine[Any, Any, object]]
    cancelled: bool = field(default=False)

    async def quote(self, _parcel: Parcel) -> list[Offer]:
        try:
            await self.act()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return [OFFER]


async def at_once() -> None:
    """Respond without waiting."""


async def fail() -> None:
    raise CarrierError("no lorry")


async def never() -> None:
    await asyncio.Event().wait()


def ask(carriers: Sequence[Carrier], *, deadline_s: float = FAR_S, **limits: int) -> list[Answer]:
    return asyncio.run(ask_carriers(carriers, PARCEL, deadline_s=deadline_s, **limits))


def test_all_carriers_are_queried_before_any_has_responded() -> None:
    async def main() -> list[Answer]:
        # It opens for three at once: sequential requests to carriers would wait for ever.
        together = asyncio.Barrier(3)
        carriers = [Fake(name, together.wait) for name in ("a", "b", "c")]
        return await ask_carriers(carriers, PARCEL, deadline_s=FAR_S)

    answers = asyncio.run(main())
    assert answers == [Answer(name, (OFFER,)) for name in ("a", "b", "c")]


def test_slow_carrier_is_named_and_cancelled_without_delaying_others() -> None:
    late = Fake("late", never)
    answers = ask([late, Fake("prompt", at_once)], deadline_s=0.1)

    assert answers == [Answer("late", silence=Silence.TOO_SLOW), Answer("prompt", (OFFER,))]
    assert late.cancelled


def test_failing_carrier_is_named() -> None:
    async def stumble() -> None:
        raise ZeroDivisionError

    answers = ask([Fake("broken", fail), Fake("odd", stumble), Fake("prompt", at_once)])
    assert [(answer.carrier, answer.silence) for answer in answers] == [
        ("broken", Silence.FAILED),
        ("odd", Silence.FAILED),
        ("prompt", None),
    ]


def test_concurrent_requests_are_limited() -> None:
    async def main() -> int:
        pairs = asyncio.Barrier(2)
        busy = most = 0

        async def act() -> None:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            # Two are needed for it to open, so two are queried at once.
            await pairs.wait()
            busy -= 1

        carriers = [Fake(str(number), act) for number in range(6)]
        answers = await ask_carriers(carriers, PARCEL, deadline_s=FAR_S, most_at_once=2)
        assert all(answer.offers for answer in nonempty(answers))
        return most

    assert asyncio.run(main()) == 2


def test_waiting_for_a_free_place_ends_at_the_deadline() -> None:
    second = Fake("second", at_once)
    answers = ask([Fake("first", never), second], deadline_s=0.1, most_at_once=1)

    assert [answer.silence for answer in answers] == [Silence.TOO_SLOW] * 2
    assert not second.cancelled


def test_no_carriers_is_no_error() -> None:
    assert ask([]) == []


# Over HTTP.


def over_http(answer: Callable[[httpx.Request], httpx.Response]) -> list[Offer]:
    async def main() -> list[Offer]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await HttpCarrier("far", "https://carrier.example/q", client).quote(PARCEL)

    return asyncio.run(main())


def test_a_carrier_gets_the_parcel_and_no_personal_data() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        offers = [
            {"method": "express", "price": "9.5", "currency": "EUR", "days": 1},
            {"method": "standard", "price": "3", "currency": "USD", "days": 1},
        ]
        return httpx.Response(200, json={"offers": offers})

    assert over_http(answer) == [Offer(ShippingMethod.EXPRESS, Decimal("9.50"), days=1)]
    assert json.loads(asked[0].content) == {
        "country": "PT",
        "postal_code": "4000",
        "pieces": 2,
        "value": "20",
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (302, b"{}"),
        (200, b"lorry"),
        (200, b"[]"),
        (200, b'{"offers": 1}'),
        (200, b'{"offers": [{"currency": "EUR"}]}'),
        (200, b'{"offers": [{"method":"drone","price":"1","currency":"EUR","days":1}]}'),
        (200, b'{"offers": [{"method":"express","price":"-1","currency":"EUR","days":1}]}'),
        (200, b'{"offers": [{"method":"express","price":"NaN","currency":"EUR","days":1}]}'),
        (200, b'{"offers": [{"method":"express","price":"1","currency":"EUR","days":-1}]}'),
        (200, b" " * (MAX_ANSWER_BYTES + 1)),
    ],
)
def test_invalid_response_is_refused(status: int, body: bytes) -> None:
    with pytest.raises(CarrierError, match="far returned"):
        over_http(lambda _request: httpx.Response(status, content=body))


def test_a_carrier_that_cannot_be_reached_is_an_error_of_carriers() -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody")

    with pytest.raises(CarrierError, match="Request to far failed"):
        over_http(refuse)


# The sandboxes.


def sandboxed(name: str, body: Any, method: str = "POST") -> httpx.Response:
    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(app=sandbox.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.request(method, f"/{name}", json=body)

    return asyncio.run(main())


def test_a_sandbox_asks_the_same_price_every_time() -> None:
    parcel = {"country": "PT", "postal_code": "", "pieces": 3, "value": "1", "currency": "EUR"}
    first, second = (sandboxed("thrifty", parcel).json() for _ in range(2))

    # 4.90 and 12.90 at 0.7 + 2 × 0.1 of the flat price.
    assert [offer["price"] for offer in first["offers"]] == ["4.41", "11.61"]
    assert first == second
    assert sandboxed("thrifty", {**parcel, "currency": "XXX"}).json() == {"offers": []}


@pytest.mark.parametrize(
    ("name", "body", "method", "status"),
    [
        ("broken", {}, "POST", 500),
        ("swift", {}, "POST", 400),
        ("swift", {"pieces": "many", "currency": "EUR"}, "POST", 400),
        ("swift", [], "POST", 400),
        ("swift", {}, "GET", 404),
        ("nobody", {}, "POST", 404),
    ],
)
def test_a_sandbox_refuses_what_it_cannot_answer(
    name: str, body: Any, method: str, status: int
) -> None:
    assert sandboxed(name, body, method).status_code == status
