"""What a run ran on, and how busy that machine was with other things."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["cpu_seconds", "describe_machine", "read_pressure", "steal_share"]

PRESSURE = Path("/proc/pressure/cpu")
CPU_MODEL = Path("/proc/cpuinfo")
OS_RELEASE = Path("/etc/os-release")


def read_pressure(path: Path = PRESSURE) -> float | None:
    """Return the share of the last ten seconds in which some task waited for a CPU, 0 to 1.

    This is the "some avg10" of Linux' pressure stall information; None where there is none.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        kind, *fields = line.split()
        if kind == "some":
            values = dict(field.split("=", 1) for field in fields)
            return float(values["avg10"]) / 100
    return None


def cpu_seconds() -> tuple[float, float]:
    """Return the seconds stolen by the hypervisor and those of all kinds, since boot."""
    times = psutil.cpu_times()
    return float(getattr(times, "steal", 0.0)), float(sum(times))


def steal_share(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the share of CPU time that was stolen between two readings of `cpu_seconds`."""
    total = end[1] - start[1]
    return max(0.0, (end[0] - start[0]) / total) if total > 0 else 0.0


def describe_machine(versions: "Mapping[str, str]") -> dict[str, object]:
    """Return the environment of a run; `versions` names what runs on the machine."""
    return {
        "cpu": _value(CPU_MODEL, "model name", ":") or platform.processor() or platform.machine(),
        "cores": psutil.cpu_count() or 1,
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "os": _value(OS_RELEASE, "PRETTY_NAME", "=").strip('"') or platform.system(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "numpy": version("numpy"),
        **versions,
    }


def _value(path: Path, key: str, sign: str) -> str:
    """Return the value of the first line about `key` in a file of keys and values, or nothing."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in lines:
        name, separator, value = line.partition(sign)
        if separator and name.strip() == key:
            return value.strip()
    return ""
