"""What the lab of the token bucket counts in the times that its servers recorded."""

import time
from collections.abc import Callable

import pytest

from library.challenges.token_bucket import account, lab
from library.challenges.token_bucket.lab import Flood, count, spans, try_alone
from library.challenges.token_bucket.servers import Servers
from library.challenges.token_bucket.throttles import LIMIT
from nexus.engines.experiment import OracleError

Moments = list[tuple[float, float]]
Count = Callable[[Moments], dict[str, int]]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Count:
    """A function that counts given times as those of a trial."""

    def count_moments(moments: Moments) -> dict[str, int]:
        monkeypatch.setattr(account, "read", lambda _: moments)
        monkeypatch.setattr(account, "forget", lambda _: None)
        return count(Flood(Servers(0), "a key", time.monotonic()))

    return count_moments


def at(start: float, number: int) -> Moments:
    """Return the times of requests that were allowed at once."""
    return [(start, start)] * number


def test_spans_hold_what_lies_wholly_in_them() -> None:
    # The second decision took long: only the spans that end with it, or later, can hold it.
    assert sorted(spans([(0, 1), (2, 6), (4, 5)])) == [
        (1, 1),
        (1, 1),
        (3, 1),
        (4, 2),
        (5, 2),
        (6, 3),
    ]


def test_nothing_let_through_breaks_no_bound(counted: Count) -> None:
    assert counted([]) == {"let_through": 0, "beyond_the_bound": 0, "beyond_a_window": 0}


def test_full_bucket_at_once_is_within_the_bound(counted: Count) -> None:
    assert counted(at(1000, LIMIT))["beyond_the_bound"] == 0


def test_one_more_at_once_is_beyond_the_bound_and_the_window(counted: Count) -> None:
    counts = counted(at(1000, LIMIT + 1))
    assert counts == {"let_through": 51, "beyond_the_bound": 1, "beyond_a_window": 1}


def test_request_passes_once_its_token_has_flowed_in(counted: Count) -> None:
    token_s = 1 / lab.RATE
    full = at(1000, LIMIT)
    assert counted([*full, *at(1000 + token_s + 1e-6, 1)])["beyond_the_bound"] == 0
    assert counted([*full, *at(1000 + token_s - 1e-3, 1)])["beyond_the_bound"] == 1


def test_burst_in_the_middle_is_found(counted: Count) -> None:
    moments = [*at(1000, 1), *at(1010, LIMIT + 7), *at(1020, 1)]
    assert counted(moments)["beyond_the_bound"] == 7


def test_two_windows_are_beyond_one_when_a_second_holds_both(counted: Count) -> None:
    near = [*at(1000.5, LIMIT), *at(1001.25, LIMIT)]
    far = [*at(1000, LIMIT), *at(1001.25, LIMIT)]
    assert [counted(moments)["beyond_a_window"] for moments in (near, far)] == [LIMIT, 0]


def test_slow_decisions_do_not_count_against_a_throttle(counted: Count) -> None:
    # All may have been decided at any time within ten seconds.
    assert counted([(1000.0, 1010.0)] * LIMIT * 3)["beyond_the_bound"] == 0


class Grudging(Servers):
    """Servers of which one throttle refuses after a while."""

    def __init__(self, throttle: str, after: int) -> None:
        super().__init__(0)
        self.throttle, self.left = throttle, after

    def let_through(self, throttle: str, key: str) -> bool:
        assert key
        self.left -= throttle == self.throttle
        return self.left >= 0


def test_lone_client_that_is_refused_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "PACE_S", 1e-6)
    with pytest.raises(OracleError, match=r"^fixed window refused request 8 of a lone client"):
        try_alone(Grudging("fixed_window", after=7))


def test_lone_client_that_is_always_let_through_is_content(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lab, "PACE_S", 1e-6)
    servers = Grudging("token_bucket", after=lab.LONE_REQUESTS)
    try_alone(servers)
    assert servers.left == 0
