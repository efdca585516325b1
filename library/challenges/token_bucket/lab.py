"""The lab of this page: sixteen clients of one key flood four servers, each as fast as it can."""

import math
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from operator import itemgetter

from library.challenges.token_bucket import account
from library.challenges.token_bucket.servers import Servers, start_servers
from library.challenges.token_bucket.throttles import LIMIT, WINDOW_S
from nexus.apps.products.samples import Shop
from nexus.engines.experiment import Needs, Never, Occurs, OracleError, Trials

RATE = LIMIT / WINDOW_S
# Longer than a window, so that the turn of one lies within every trial.
FLOOD_S = 1.2 * WINDOW_S
# The lone client stays a fifth below the rate, and sends more than a full bucket holds.
PACE_S = 1.25 / RATE
LONE_REQUESTS = 2 * LIMIT

lab = Trials(
    title="Fifty requests a second, sixteen clients, four servers",
    data=Shop(),
    needs=Needs(disk_mb=50, memory_mb=600, time_s=130),
    workers=16,
    writes=False,
)


@dataclass(frozen=True)
class Flood:
    """One trial: a key that nobody has used, and when the clients stop."""

    servers: Servers
    key: str
    until: float


@lab.around
@contextmanager
def four_servers() -> Iterator[Servers]:
    with start_servers() as servers:
        try_alone(servers)
        yield servers


def try_alone(servers: Servers) -> None:
    """Raise OracleError where a lone client below the rate is refused."""
    keys = {name: new_key() for name in lab.variants}
    try:
        for number in range(LONE_REQUESTS):
            for name, key in keys.items():
                if refused(servers, name, key):
                    raise OracleError(
                        f"{lab.variants[name].label} refused request {number + 1} of a lone client "
                        f"that sends {1 / PACE_S:g} a second, of {RATE:g} that it may; mend it."
                    )
            time.sleep(PACE_S)
    finally:
        for key in keys.values():
            account.forget(key)


def refused(servers: Servers, throttle: str, key: str) -> bool:
    """Return whether the answer was a refusal; none at all is not one."""
    try:
        return not servers.let_through(throttle, key)
    except (OSError, HTTPException):
        return False


def new_key() -> str:
    return f"lab:token-bucket:{uuid.uuid4().hex}"


@lab.prepare
def flood(servers: Servers) -> Flood:
    return Flood(servers, new_key(), time.monotonic() + FLOOD_S)


# anchor: get_through
def get_through(flood: Flood, throttle: str) -> bool:
    while time.monotonic() < flood.until:
        if flood.servers.let_through(throttle, flood.key):
            return True
    return False


# end: get_through


@lab.variant(baseline=True, label="stock throttle")
def stock(flood: Flood) -> bool:
    return get_through(flood, "stock")


@lab.variant(label="token bucket")
def token_bucket(flood: Flood) -> bool:
    return get_through(flood, "token_bucket")


@lab.variant(label="fixed window")
def fixed_window(flood: Flood) -> bool:
    return get_through(flood, "fixed_window")


def spans(admissions: list[tuple[float, float]]) -> Iterator[tuple[float, int]]:
    """Return the length of every span from one admission to another, and how many it holds.

    An admission happened some time between its two moments. It counts where both lie in the span,
    so that no span is said to hold more than it does.
    """
    by_end = sorted(admissions, key=itemgetter(1))
    for begin, _ in admissions:
        ends = (after for before, after in by_end if before >= begin)
        for held, end in enumerate(ends, 1):
            yield end - begin, held


@lab.inspect
def count(flood: Flood) -> dict[str, int]:
    admissions = account.read(flood.key)
    account.forget(flood.key)
    beyond_bound = beyond_window = 0
    for length_s, held in spans(admissions):
        beyond_bound = max(beyond_bound, math.ceil(held - (LIMIT + RATE * length_s)))
        if length_s <= WINDOW_S:
            beyond_window = max(beyond_window, held - LIMIT)
    return {
        "let_through": len(admissions),
        "beyond_the_bound": beyond_bound,
        "beyond_a_window": beyond_window,
    }


lab.expect(
    Never("token-bucket.bound", "token_bucket", "beyond_the_bound"),
    Occurs("token-bucket.two-steps", "stock", "beyond_the_bound"),
    Occurs("token-bucket.fixed-window", "fixed_window", "beyond_a_window"),
)
