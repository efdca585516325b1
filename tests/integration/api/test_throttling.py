"""A throttled client gets the time of its next attempt, the same in REST and GraphQL."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from nexus.apps.users.services import ensure_owner
from nexus.core.cache import rate_limits
from nexus.core.cache.rate_limits import StoreUnavailableError
from nexus.core.security.client_address import client_address

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

QUERY = {"query": "{ __typename }"}
SKIPPED = "nexus_rate_limits_skipped_total"


@pytest.fixture(autouse=True)
def _slow(settings: Settings) -> None:
    settings.API_RATE = 0.2  # a burst of two


def rest(address: str, **sent: Any) -> Any:
    return Client(REMOTE_ADDR=address).get("/api/v1/runs/", **sent)


def graphql(address: str, **sent: Any) -> Any:
    client = Client(REMOTE_ADDR=address)
    return client.post("/graphql/", QUERY, content_type="application/json", **sent)


@pytest.mark.parametrize(("ask", "address"), [(rest, "192.0.2.1"), (graphql, "192.0.2.2")])
def test_throttled_client_gets_retry_after(ask: Any, address: str) -> None:
    first, second, third = (ask(address) for _ in range(3))

    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 429]
    assert first.headers["RateLimit"] == '"api";r=1;t=5'
    assert first.headers["RateLimit-Policy"] == '"api";q=2;w=10'
    assert third.json()["code"] == "throttled"
    assert 4 <= int(third.headers["Retry-After"]) <= 5


def test_rest_and_graphql_draw_from_one_bucket() -> None:
    assert [ask("192.0.2.3").status_code for ask in (rest, graphql, rest)] == [200, 200, 429]


def test_each_address_and_each_user_has_a_bucket() -> None:
    for _ in range(3):
        last = rest("192.0.2.4")
    owner = Client(REMOTE_ADDR="192.0.2.4")
    owner.force_login(ensure_owner())

    assert last.status_code == 429
    assert rest("192.0.2.5").status_code == 200
    assert owner.get("/api/v1/runs/").status_code == 200


def test_requests_pass_where_nothing_can_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_asked: object) -> None:
        raise StoreUnavailableError

    monkeypatch.setattr(rate_limits, "take", away)
    before = REGISTRY.get_sample_value(SKIPPED) or 0
    answers = [rest("192.0.2.6") for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0].headers
    assert REGISTRY.get_sample_value(SKIPPED) == before + 5


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "made up, 203.0.113.9", "203.0.113.9"),
        (2, "made up, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.7"),
        (1, "", "192.0.2.7"),
    ],
)
def test_only_addresses_from_trusted_proxies_are_used(
    settings: Settings, hops: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = hops
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory(REMOTE_ADDR="192.0.2.7").get("/", headers=headers)

    assert client_address(request) == address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("made up", "made up"),
    ],
)
def test_a_house_with_many_addresses_is_counted_once(address: str, counted: str) -> None:
    request = RequestFactory(REMOTE_ADDR=address).get("/")

    assert client_address(request) == counted
