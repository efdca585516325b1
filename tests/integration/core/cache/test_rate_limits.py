"""The token bucket in a real cache: its arithmetic, its bound under load, and its failures."""

import multiprocessing
import socket
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
import redis
from django.conf import settings
from django.test import override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from nexus.core.cache import rate_limits
from nexus.core.cache.rate_limits import PREFIX, TAKE, Limit, StoreUnavailableError, take
from tests.support.nonempty import nonempty

pytestmark = pytest.mark.servers

SLOW = Limit(burst=3, rate=1 / 3600)
HOUR_US = 3600 * 1_000_000


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    """A client of the cache that the limiter uses."""
    with redis.Redis.from_url(settings.CACHE_URL) as client:
        yield client


@pytest.fixture
def key(store: redis.Redis) -> Iterator[str]:
    """A bucket that nothing else uses."""
    name = f"test:{uuid.uuid4()}"
    yield name
    store.delete(PREFIX + name)


@pytest.fixture
def port() -> Iterator[int]:
    """The port of the limiter's cache, which accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        rate_limits._script.cache_clear()
        with override_settings(CACHE_URL=f"redis://127.0.0.1:{number}/0"):
            yield number
        rate_limits._script.cache_clear()


def test_bucket_gives_its_burst_and_then_refuses(key: str) -> None:
    decisions = [take(key, SLOW) for _ in range(4)]
    assert [decision.allowed for decision in decisions] == [True, True, True, False]
    assert [decision.remaining for decision in decisions] == [2, 1, 0, 0]
    assert [decision.retry_after_s for decision in decisions[:3]] == [0, 0, 0]
    assert 3600 - 300 < decisions[3].retry_after_s <= 3600
    assert 3 * 3600 - 300 < decisions[3].reset_s <= 3 * 3600


def test_refused_request_takes_nothing(key: str) -> None:
    take(key, SLOW, cost=2)
    refused = take(key, SLOW, cost=2)
    assert (refused.allowed, refused.remaining) == (False, 1)
    assert take(key, SLOW).allowed


def test_buckets_of_two_clients_are_apart(key: str, store: redis.Redis) -> None:
    other = f"{key}:other"
    take(key, SLOW, cost=3)
    decision = take(other, SLOW)
    store.delete(PREFIX + other)
    assert (decision.allowed, decision.remaining) == (True, 2)


def test_refused_client_passes_after_the_wait_it_is_told(key: str) -> None:
    limit = Limit(burst=2, rate=10)
    take(key, limit, cost=2)
    refused = take(key, limit)
    # The bucket refills with time; there is no event to wait for.
    time.sleep(refused.retry_after_s)
    passed = take(key, limit)
    assert (refused.allowed, passed.allowed) == (False, True)


def test_key_lives_until_the_bucket_is_full(key: str, store: redis.Redis) -> None:
    reset_s = take(key, SLOW, cost=2).reset_s
    left_s = store.pttl(PREFIX + key) / 1000
    assert reset_s - 300 < left_s <= reset_s + 0.001


def test_key_of_an_idle_client_is_dropped(key: str, store: redis.Redis) -> None:
    take(key, Limit(burst=1, rate=1000))
    while store.exists(PREFIX + key):
        pass  # pytest's timeout ends a test that hangs
    assert store.get(PREFIX + key) is None


def test_script_that_the_store_forgot_is_sent_again(key: str, store: redis.Redis) -> None:
    take(key, SLOW)
    store.script_flush()
    assert take(key, SLOW).remaining == 1


def test_connection_that_the_store_ended_is_replaced(key: str, store: redis.Redis) -> None:
    take(key, SLOW)
    number = rate_limits._script().registered_client.client_id()
    store.client_kill_filter(_id=str(number))
    assert take(key, SLOW).remaining == 1


def test_threads_take_no_more_than_the_bucket_holds(key: str) -> None:
    limit = Limit(burst=100, rate=1 / 3600)
    with ThreadPoolExecutor(16) as threads:
        decisions = list(threads.map(lambda _: take(key, limit), range(16 * 50)))
    assert sum(decision.allowed for decision in decisions) == 100
    assert sorted(d.remaining for d in decisions if d.allowed) == list(range(100))


def test_forked_processes_take_no_more_than_the_bucket_holds(key: str) -> None:
    limit = Limit(burst=30, rate=1 / 3600)
    # A connection is open before the forks, and they must not share it.
    first = take(key, limit)
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(4, mp_context=forked) as processes:
        takes = [processes.submit(take, key, limit) for _ in range(4 * 30)]
        decisions = [first, *(done.result() for done in takes)]
    assert sum(decision.allowed for decision in decisions) == 30


def test_refilling_bucket_keeps_its_bound_under_threads(key: str) -> None:
    limit = Limit(burst=20, rate=200)
    start = time.time()
    with ThreadPoolExecutor(16) as threads:
        decisions = list(threads.map(lambda _: take(key, limit), range(16 * 100)))
    elapsed_s = time.time() - start
    assert sum(decision.allowed for decision in decisions) <= 20 + 200 * elapsed_s


def test_store_that_does_not_answer_is_told(port: int) -> None:
    assert settings.CACHE_URL.endswith(f":{port}/0")
    with pytest.raises(StoreUnavailableError, match="the cache is unreachable"):
        take("anyone", SLOW)


def test_store_that_is_not_there_is_told(port: int) -> None:
    closed = f"redis://127.0.0.1:{port}/0"
    with socket.create_server(("127.0.0.1", 0)) as other:
        closed = f"redis://127.0.0.1:{other.getsockname()[1]}/0"
    with override_settings(CACHE_URL=closed), pytest.raises(StoreUnavailableError):
        take("anyone", SLOW)


def test_store_that_refuses_is_told(key: str, store: redis.Redis) -> None:
    store.lpush(PREFIX + key, "no bucket")
    with pytest.raises(StoreUnavailableError):
        take(key, SLOW)


class Clockwork:
    """The script with a clock that the test sets, from an hour ahead so that no key expires."""

    def __init__(self, store: redis.Redis, key: str) -> None:
        self.store = store
        self.key = PREFIX + key
        self.start_us = time.time_ns() // 1000 + HOUR_US
        source = TAKE.replace("redis.call('TIME')", "{ARGV[4], ARGV[5]}")
        assert source != TAKE
        self.script = store.register_script(source)

    def take(self, at_us: int, limit: Limit, cost: int) -> tuple[int, int]:
        """Return the microseconds until the bucket is full, and those that are missing."""
        clock = divmod(self.start_us + at_us, 1_000_000)
        arguments = [limit.interval_us, limit.burst, cost, *clock]
        until_full_us, missing_us = self.script(keys=[self.key], args=arguments)
        return until_full_us, missing_us


@dataclass
class Model:
    """A token bucket by the textbook definition, in exact fractions."""

    limit: Limit
    tokens: Fraction
    at_us: int = 0

    def take(self, at_us: int, cost: int) -> bool:
        gained = Fraction(at_us - self.at_us, self.limit.interval_us)
        self.tokens = min(Fraction(self.limit.burst), self.tokens + gained)
        self.at_us = at_us
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True


limits = st.builds(
    Limit, burst=st.integers(1, 1000), rate=st.floats(min_value=0.001, max_value=100_000)
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Limit, list[tuple[int, int]]]:
    """Return a limit and requests: non-decreasing times in microseconds, and costs."""
    limit = draw(limits)
    gap = st.integers(0, 3 * limit.interval_us)
    gaps = draw(st.lists(st.tuples(gap, st.integers(1, limit.burst)), min_size=1, max_size=40))
    at_us, requests = 0, []
    for gap_us, cost in gaps:
        at_us += gap_us
        requests.append((at_us, cost))
    return limit, requests


@given(history=histories())
@example(history=(Limit(burst=1000, rate=0.001), [(0, 1000), (10**9 - 1, 1), (10**9, 1)]))
def test_script_decides_as_the_model(history: tuple[Limit, list[tuple[int, int]]]) -> None:
    limit, requests = history
    model = Model(limit, Fraction(limit.burst))
    passed = []
    with redis.Redis.from_url(settings.CACHE_URL) as store:
        clockwork = Clockwork(store, f"test:{uuid.uuid4()}")
        for at_us, cost in nonempty(requests):
            until_full_us, missing_us = clockwork.take(at_us, limit, cost)
            allowed = model.take(at_us, cost)
            assert until_full_us == (limit.burst - model.tokens) * limit.interval_us
            assert missing_us == (0 if allowed else (cost - model.tokens) * limit.interval_us)
            if allowed:
                passed.append((at_us, cost))
        store.delete(clockwork.key)
    for (first, _), (last, _) in combinations_with_replacement(passed, 2):
        taken = sum(cost for at_us, cost in passed if first <= at_us <= last)
        assert taken <= limit.burst + Fraction(last - first, limit.interval_us)


def test_clock_that_was_set_back_locks_nobody_out(key: str, store: redis.Redis) -> None:
    limit = Limit(burst=5, rate=1)
    clockwork = Clockwork(store, key)
    clockwork.take(HOUR_US, limit, 1)
    # An hour earlier the bucket counts as empty, and fills from there.
    assert clockwork.take(0, limit, 1) == (5_000_000, 1_000_000)
    assert clockwork.take(999_999, limit, 1) == (4_000_001, 1)
    assert clockwork.take(1_000_000, limit, 1) == (5_000_000, 0)


def test_limit_that_was_lowered_leaves_an_empty_bucket(key: str, store: redis.Redis) -> None:
    clockwork = Clockwork(store, key)
    clockwork.take(0, Limit(burst=100, rate=1), 100)
    assert clockwork.take(0, Limit(burst=5, rate=1), 1) == (5_000_000, 1_000_000)
    assert clockwork.take(1_000_000, Limit(burst=5, rate=1), 1) == (5_000_000, 0)
