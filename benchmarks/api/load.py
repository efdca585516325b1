"""Load: wrk for responses per second, and an open loop for their latency."""

import asyncio
import re
import statistics
import subprocess
import time
from dataclasses import dataclass

__all__ = ["Latency", "Rate", "Request", "at_rate", "rate"]

CONNECTIONS = 8
ANSWERS = re.compile(r"(\d+) requests in")
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


@dataclass(frozen=True)
class Request:
    """A GET request to a server, with its name in the tables."""

    name: str
    server: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rate:
    """The number of responses, in all and per second."""

    answers: int
    per_s: float


@dataclass(frozen=True)
class Latency:
    """The latency of responses in milliseconds, from when their requests were due."""

    p50_ms: float
    p99_ms: float


def rate(request: Request, port: int, seconds: int) -> Rate:
    """Send as many requests as the server handles, and return the rate.

    Raises `RuntimeError` if a request fails.
    """
    headers = [part for name, value in request.headers for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", *headers]
    address = f"http://127.0.0.1:{port}{request.path}"
    output = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    answers, per_s = ANSWERS.search(output), RATE.search(output)
    if answers is None or per_s is None or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"{request.name} failed:\n{output}")
    return Rate(int(answers[1]), float(per_s[1]))


def at_rate(request: Request, port: int, per_second: float, seconds: float) -> Latency:
    """Send requests at a constant rate, whether or not earlier ones are answered."""
    took = sorted(asyncio.run(_send(request, port, per_second, seconds)))
    return Latency(statistics.median(took) * 1e3, took[int(len(took) * 0.99)] * 1e3)


async def _send(request: Request, port: int, per_second: float, seconds: float) -> list[float]:
    lines = [f"GET {request.path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    text = "\r\n".join([*lines, "", ""]).encode()
    due: asyncio.Queue[float | None] = asyncio.Queue()
    took: list[float] = []

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (moment := await due.get()) is not None:
            writer.write(text)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            took.append(time.perf_counter() - moment)
        writer.close()

    # More than are ever outstanding at half the capacity.
    asking = [asyncio.create_task(ask()) for _ in range(4 * CONNECTIONS)]
    began = time.perf_counter()
    for number in range(int(per_second * seconds)):
        moment = began + number / per_second
        await asyncio.sleep(max(0.0, moment - time.perf_counter()))
        due.put_nowait(moment)
    for _ in asking:
        due.put_nowait(None)
    await asyncio.gather(*asking)
    return took
