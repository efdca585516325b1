"""What concurrent requests to carriers gain: `python -m benchmarks.quotes`.

Starts the sandbox carriers as `nexus serve` does, and requests quotes from several that take 300 ms
each, one after the other and concurrently, in turns. Beyond the limit of concurrent carriers a
second round begins, which the last row shows.
"""

import asyncio
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from nexus.apps.orders.carriers.http import carriers_at
from nexus.apps.orders.carriers.protocol import Parcel
from nexus.apps.orders.carriers.quotes import MAX_AT_ONCE, ask_carriers
from nexus.apps.orders.carriers.sandbox import sandbox_addresses, sandbox_command

__all__ = ["main"]

ROUNDS = 15
NUMBERS = (1, 3, 5, MAX_AT_ONCE, MAX_AT_ONCE + 1)
PATIENCE_S = 30
PARCEL = Parcel(country="PT", postal_code="", pieces=1, value=Decimal(20), currency="EUR")


def main() -> int:
    """Print the figures as a table."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(sandbox_command(port))
    try:
        _wait_for(port)
        address = sandbox_addresses(port)["steady"]
        print("| carriers | one after the other | at once | ratio |\n| --- | --- | --- | --- |")
        for number in NUMBERS:
            _row({f"steady-{one}": address for one in range(number)})
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
    return 0


def _row(addresses: Mapping[str, str]) -> None:
    # In turns, so that other load on the machine affects both equally.
    pairs = [(_timed(_in_turn, addresses), _timed(_at_once, addresses)) for _ in range(ROUNDS)]
    slow, fast = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"| {len(addresses)} | {slow * 1e3:.0f} ms | {fast * 1e3:.0f} ms | {ratio:.1f} |")


def _timed(
    ask: Callable[[Mapping[str, str]], Coroutine[Any, Any, int]], addresses: Mapping[str, str]
) -> float:
    start = time.perf_counter()
    count = asyncio.run(ask(addresses))
    seconds = time.perf_counter() - start
    if count != len(addresses):
        raise RuntimeError(f"{count} of {len(addresses)} carriers responded.")
    return seconds


async def _in_turn(addresses: Mapping[str, str]) -> int:
    async with carriers_at(addresses) as carriers:
        return sum([bool(await carrier.quote(PARCEL)) for carrier in carriers])


async def _at_once(addresses: Mapping[str, str]) -> int:
    async with carriers_at(addresses) as carriers:
        answers = await ask_carriers(carriers, PARCEL, deadline_s=PATIENCE_S)
        return sum(bool(answer.offers) for answer in answers)


def _wait_for(port: int) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("The sandbox carriers did not start.")


if __name__ == "__main__":
    sys.exit(main())
