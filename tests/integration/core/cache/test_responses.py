"""Cached responses: never stale after an invalidation, and never longer than promised."""

import socket
import threading
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from nexus.core.cache import responses
from nexus.core.cache.responses import PREFIX, CachedResponse, get_or_set, invalidate

pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture(autouse=True)
def _keeping() -> Iterator[None]:
    """Cache for an hour, so that nothing expires."""
    responses.clear()
    with override_settings(KEPT_S=3600):
        yield
    responses.clear()


@pytest.fixture
def space() -> Iterator[str]:
    """A namespace that nothing else uses."""
    name = f"test-{uuid.uuid4()}"
    yield name
    with redis.Redis.from_url(settings.CACHE_URL) as store:
        for key in store.scan_iter(f"{PREFIX}{name}*"):
            store.delete(key)


@contextmanager
def valkey_away() -> Iterator[None]:
    """Set the URL of Valkey to a port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nowhere = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    with override_settings(CACHE_URL=nowhere):
        yield


class Source:
    """The current value, and how often it was read."""

    def __init__(self, text: str = "old") -> None:
        self.text = text
        self.reads = 0

    def read(self) -> bytes:
        self.reads += 1
        return self.text.encode()


def ask(space: str, make: Callable[[], bytes], key: str = "/") -> bytes:
    found = get_or_set(space, key, make, lambda body: CachedResponse("tag", body))
    return found.body if isinstance(found, CachedResponse) else found


def found_beside(space: str) -> tuple[CachedResponse | None, object]:
    return responses.get(space, "/", beside=("ECHO", "PONG"))


def other_process() -> None:
    """Continue as a new process with an empty state."""
    responses.clear()


def test_an_answer_is_made_once_and_kept_for_every_process(space: str) -> None:
    source = Source()
    for _ in range(3):
        assert ask(space, source.read) == b"old"
    other_process()
    assert ask(space, source.read) == b"old"
    assert source.reads == 1


def test_answers_have_their_own_keys_and_spaces(space: str) -> None:
    assert ask(space, Source("a").read, "/a") == b"a"
    assert ask(space, Source("b").read, "/b") == b"b"
    assert ask(f"{space}-2", Source("c").read, "/a") == b"c"


def test_a_write_is_shown_as_soon_as_it_has_returned(space: str) -> None:
    source = Source()
    ask(space, source.read)
    with transaction.atomic():
        source.text = "new"
        invalidate(space)
    assert ask(space, source.read) == b"new"
    other_process()
    assert ask(space, source.read) == b"new"


def test_a_write_that_is_rolled_back_changes_nothing(space: str) -> None:
    source = Source()
    ask(space, source.read)
    with transaction.atomic():
        invalidate(space)
        transaction.set_rollback(True)
    ask(space, source.read)
    assert source.reads == 1


def test_a_reader_that_comes_after_the_bump_with_an_old_answer_does_not_win(space: str) -> None:
    source = Source()

    def slow() -> bytes:
        read = source.read()
        # The write is committed between this reader's query and its storing.
        source.text = "new"
        invalidate(space)
        return read

    assert ask(space, slow) == b"old"
    assert ask(space, source.read) == b"new"
    other_process()
    assert ask(space, source.read) == b"new"


def test_readers_and_writers_that_race_never_show_what_is_over(space: str) -> None:
    """A read after a write has returned gets its value or a later one."""
    lock = threading.Lock()
    state = {"written": 0, "returned": 0}

    def write() -> None:
        for _ in range(100):
            with lock:
                state["written"] += 1
                number = state["written"]
                invalidate(space)
                state["returned"] = number
        connection.close()  # this thread's own

    def read() -> list[tuple[int, int]]:
        found = []
        for _ in range(400):
            least = state["returned"]
            found.append((least, int(ask(space, lambda: str(state["written"]).encode()))))
        return found

    with ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(write) for _ in range(2)]
        readers = [pool.submit(read) for _ in range(4)]
        for writer in writers:
            writer.result()
        pairs = [pair for reader in readers for pair in reader.result()]
    assert [pair for pair in pairs if pair[1] < pair[0]] == []
    assert len(pairs) == 1600


def test_many_that_miss_at_once_make_it_once(space: str) -> None:
    source, started = Source(), threading.Barrier(9)
    made = threading.Event()

    def make() -> bytes:
        # The others have started before this one is done.
        made.wait(5)
        return source.read()

    def one() -> bytes:
        started.wait()
        return ask(space, make)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(one) for _ in range(8)]
        started.wait()
        made.set()
        assert {future.result() for future in asked} == {b"old"}
    assert source.reads == 1


def test_nothing_is_kept_inside_of_a_transaction(space: str) -> None:
    source = Source("unwritten")
    with transaction.atomic():
        assert ask(space, source.read) == b"unwritten"
    source.text = "old"
    assert ask(space, source.read) == b"old"


def test_nothing_is_cached_if_the_time_is_zero(space: str) -> None:
    source = Source()
    with override_settings(KEPT_S=0):
        ask(space, source.read)
        ask(space, source.read)
    assert source.reads == 2


def test_everything_is_read_if_valkey_is_unreachable(space: str) -> None:
    source = Source()
    with valkey_away():
        assert [ask(space, source.read) for _ in range(3)] == [b"old"] * 3
    assert source.reads == 3


def test_the_process_whose_bump_was_lost_shows_nothing_old(space: str) -> None:
    source = Source()
    ask(space, source.read)
    with valkey_away():
        source.text = "new"
        invalidate(space)
    # Valkey is back, with the same data.
    responses._state.unavailable_until = 0
    assert ask(space, source.read) == b"new"
    # This also sends the pending invalidation, so the others show the change too.
    other_process()
    assert ask(space, source.read) == b"new"


def test_another_process_shows_what_is_old_for_no_longer_than_promised(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source()
    now = [1000.0]
    monkeypatch.setattr("nexus.core.cache.responses.time.monotonic", lambda: now[0])
    ask(space, source.read)
    source.text = "new"  # without an invalidation
    with redis.Redis.from_url(settings.CACHE_URL) as store:
        [name] = store.scan_iter(f"{PREFIX}{space}:*")
        left: Any = store.pttl(name)
        assert 0 < left <= 3600 * 1000
        assert ask(space, source.read) == b"old"
        store.delete(name)
    now[0] += 3600
    assert ask(space, source.read) == b"new"


def test_response_of_another_process_expires_at_its_own_time(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source()
    now = [1000.0]
    monkeypatch.setattr("nexus.core.cache.responses.time.monotonic", lambda: now[0])
    ask(space, source.read)
    other_process()
    with redis.Redis.from_url(settings.CACHE_URL) as store:
        [name] = store.scan_iter(f"{PREFIX}{space}:*")
        store.pexpire(name, 60_000)
        assert ask(space, source.read) == b"old"
        store.delete(name)
    now[0] += 60
    source.text = "new"
    assert ask(space, source.read) == b"new"


def test_a_version_that_was_lost_brings_nothing_old_back(space: str) -> None:
    source = Source()
    ask(space, source.read)
    with redis.Redis.from_url(settings.CACHE_URL) as store:
        store.delete(f"{PREFIX}{space}")
    source.text = "new"
    assert ask(space, source.read) == b"new"


def test_memory_holds_no_more_than_its_size(space: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "MAX_BYTES", 100_000)
    for number in range(20):
        ask(space, Source("x" * 30_000).read, f"/{number}")
    assert len(responses._memory._entries) == 3
    assert responses._memory._size == 3 * (30_000 + responses.ENTRY_BYTES)


def test_small_answers_at_long_addresses_stay_within_the_size(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "MAX_BYTES", 100_000)
    tracemalloc.start()
    for number in range(400):
        ask(space, Source(f"{number}").read, f"/?q={'x' * 8000}{number}")
    held = tracemalloc.take_snapshot()
    tracemalloc.stop()
    # The URLs alone need 3 MB; the process also grows a little by itself.
    assert sum(one.size for one in held.statistics("filename")) < 1_000_000
    assert len(responses._memory._entries) < 100


def test_cached_response_is_returned_with_the_result_of_a_second_command(space: str) -> None:
    assert found_beside(space) == (None, b"PONG")
    ask(space, Source().read)
    assert found_beside(space) == (CachedResponse("tag", b"old"), b"PONG")
    responses.invalidate(space)
    assert found_beside(space) == (None, b"PONG")


def test_an_error_to_the_other_question_is_its_answer(space: str) -> None:
    ask(space, Source().read)
    found, answer = responses.get(space, "/", beside=("NO-SUCH-COMMAND",))
    assert found == CachedResponse("tag", b"old")
    assert isinstance(answer, redis.ResponseError)


def test_nothing_is_returned_while_valkey_is_unreachable(space: str) -> None:
    ask(space, Source().read)
    assert responses.is_cacheable(space)
    with valkey_away():
        assert found_beside(space) == (None, None)
        assert not responses.is_cacheable(space)


def test_expired_response_is_dropped(space: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("nexus.core.cache.responses.time.monotonic", lambda: now[0])
    ask(space, Source().read)
    now[0] += 3600
    assert found_beside(space) == (None, b"PONG")
    assert (responses._memory._size, len(responses._memory._entries)) == (0, 0)


def test_an_answer_that_is_too_large_is_not_kept(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "MAX_RESPONSE_BYTES", 10)
    source = Source("x" * 11)
    ask(space, source.read)
    ask(space, source.read)
    assert source.reads == 2
