"""What a run document says of its own trustworthiness: answers, control, pressure, environment."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.report.wording import number, percent, spaced, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nexus.engines.experiment.document.run_document import Part, RunDocument

__all__ = ["GROUPS", "answers", "control", "environment_groups", "other_work"]

MACHINE = ("cpu", "cores", "memory_mb", "os", "kernel", "steal")
GROUPS = ("Machine", "Versions", "Settings of the server")
"""The parts of an environment; an entry that belongs to no other is a version."""


def answers(document: "RunDocument") -> str:
    """Return what was checked of the answers."""
    return " ".join(_answers(part) for part in document.parts)


def _answers(part: "Part") -> str:
    if not part.variants:
        return "Nothing was measured."
    if part.design == "trials":
        return (
            "After each trial the lab counted, from the state that the trial left, what had really "
            "happened; what the workers report decides nothing."
        )
    cases = len(part.cases)
    where = f"each of {cases} cases" if cases > 1 else "the one case"
    return (
        f"All variants gave the same right answer in {where}. A run in which they do not "
        "fails, and has no verdict."
    )


def control(document: "RunDocument") -> str:
    """Return what the comparison of the baseline with itself showed."""
    return " ".join(_control(part) for part in document.parts)


def _control(part: "Part") -> str:
    control = part.control
    if control is None:
        return "Nothing was timed, so there is no control."
    pairs = number(control.pairs)
    if control.interval is None:
        return f"The baseline compared with itself: {pairs} pairs, too few."
    value, low, high = times(control.value, control.interval)
    ratio = (
        f"The baseline compared with itself: {value}, between {low} and {high}, "
        f"from {pairs} pairs. It should be 1×"
    )
    holds_one = control.interval[0] <= 1 <= control.interval[1]
    # Documents from before the field say it by the interval alone.
    if not holds_one if control.void is None else control.void:
        fault = "but it changes with the size" if holds_one else "and is not"
        return f"{ratio}, {fault}: no timing of this run counts."
    floor = "" if part.noise_floor is None else f" Noise floor: {percent(part.noise_floor)}."
    return f"{ratio}, and the interval holds 1×.{floor}"


def other_work(document: "RunDocument") -> str:
    """Return how busy the machine was with other work."""
    pressure = document.pressure
    if pressure.start is None or pressure.end is None:
        return "The kernel of this machine does not report how busy it was."
    steal = document.environment.get("steal")
    stolen = (
        f" The hypervisor took {percent(steal)} of the time."
        if isinstance(steal, int | float) and steal
        else ""
    )
    extended = " So the run was given its time once more." if pressure.extended else ""
    return (
        f"Some task waited for a processor {percent(pressure.start)} of the time at the start "
        f"and {percent(pressure.end)} at the end.{extended}{stolen}"
    )


def environment_groups(
    environment: "Mapping[str, object]",
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the parts of an environment that have entries, each with its names and values."""
    parts: dict[str, list[tuple[str, str]]] = {name: [] for name in GROUPS}
    for name, value in environment.items():
        group = "Settings of the server" if "." in name else "Versions"
        parts["Machine" if name in MACHINE else group].append((spaced(name), str(value)))
    return [(name, sorted(entries)) for name, entries in parts.items() if entries]
