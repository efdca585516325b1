"""Heartbeats of parts: how many, since when, and which have stopped."""

import time
from collections.abc import Iterator

import pytest

from nexus.core.cache.valkey import client
from nexus.core.observability import heartbeat
from nexus.core.observability.collectors import TIMEOUT_S

pytestmark = pytest.mark.servers

Found = dict[tuple[str, str], float]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This test's own key, because a part of the service may run in this process."""
    monkeypatch.setattr(heartbeat, "KEY", "nexus:pulse:tests")
    yield
    client(TIMEOUT_S).delete("nexus:pulse:tests")


def told() -> Found:
    return {
        (sample.name.removeprefix("nexus_part_"), sample.labels["part"]): sample.value
        for metric in heartbeat.read()
        for sample in metric.samples
    }


def say(part: str, *, began_s_ago: float, said_s_ago: float = 0.0) -> None:
    now = time.time()
    name = f"{part}|here|{began_s_ago:.0f}|{now - began_s_ago:.3f}"
    client(TIMEOUT_S).zadd(heartbeat.KEY, {name: now - said_s_ago})


def test_the_youngest_of_a_part_is_told_and_the_silent_are_gone() -> None:
    say("web", began_s_ago=500)
    say("web", began_s_ago=40)
    say("web", began_s_ago=20, said_s_ago=heartbeat.GONE_S + 1)
    say("beat", began_s_ago=90, said_s_ago=heartbeat.GONE_S - 2)
    found = told()

    assert found["processes", "web"] == 2
    assert found["up_seconds", "web"] == pytest.approx(40, abs=5)
    assert found["processes", "beat"] == 1
    assert found["processes", "worker"] == 0
    assert ("up_seconds", "worker") not in found


def test_heartbeat_removes_dead_processes_and_expires() -> None:
    say("web", began_s_ago=20, said_s_ago=heartbeat.GONE_S + 1)
    heartbeat._beat("web|here|1|1.0")
    assert client(TIMEOUT_S).zrange(heartbeat.KEY, 0, -1) == [b"web|here|1|1.0"]
    assert 0 < client(TIMEOUT_S).ttl(heartbeat.KEY) <= heartbeat.EXPIRES_S
