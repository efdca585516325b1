"""All that it takes to doubt a run: how it came to its verdict, from what, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from nexus.engines.experiment.report import figures
from nexus.engines.experiment.report.plots import Table
from nexus.engines.experiment.report.plots.wording import NO_FIGURE, case_label, number, times
from nexus.web.pages import source_files

if TYPE_CHECKING:
    from nexus.apps.labs.registry import RegisteredLab
    from nexus.apps.labs.running.data_sets import DataSet
    from nexus.web.run_view import RunView

__all__ = ["GROUPS", "RunEvidence", "environment_groups"]

# The parts of an environment and what belongs to each; what is in none is a version.
MACHINE = ("cpu", "cores", "memory_mb", "os", "kernel", "steal")
GROUPS = ("Machine", "Versions", "Settings of the server")


@dataclass(frozen=True)
class RunEvidence:
    """What stands behind a run that ended with a verdict.

    `registered` is its lab as it is now, None where this installation has it no longer.
    """

    run: "RunView"
    registered: "RegisteredLab | None"

    @property
    def document(self) -> Mapping[str, Any]:
        """The run's document."""
        return self.run.document

    @property
    def measured(self) -> bool:
        """Whether anything was measured."""
        return bool(self.document.get("variants"))

    @property
    def expectations(self) -> Table:
        """Every expectation in every case."""
        return Table(
            title="Every expectation in every case",
            headers=(
                "Claim",
                "What was judged",
                "Case",
                "Asked for",
                "Found",
                "Interval",
                "From",
                "Outliers",
                "Declared",
                "Verdict",
            ),
            rows=tuple(
                self._row(item, name, case)
                for item in self.document.get("expectations", ())
                for name, case in figures.cases_of(item)
            ),
        )

    @property
    def counts(self) -> Table | None:
        """Every measure that is no time: exact counts, events, throughput; None without any."""
        rows = [
            (self._label(variant), measure.replace("_", " "), *row)
            for variant, measures in self.document.get("variants", {}).items()
            for measure, taken in measures.items()
            if measure != "time"
            for row in _measure_rows(taken)
        ]
        headers = ("Variant", "Measure", "Case", "Median", "p95", "In all", "In trials", "Taken")
        title = "What was counted of each variant"
        return Table(title=title, headers=headers, rows=tuple(rows)) if rows else None

    @property
    def oracle(self) -> str:
        """What was checked of the answers."""
        if not self.measured:
            return "Nothing was measured."
        if self.document.get("design") == "trials":
            return (
                "After each trial the lab counted, from what the trial left behind, what had "
                "really happened; the reports of the workers decide nothing."
            )
        cases = len(self.document.get("cases", ()))
        where = f"each of {cases} cases" if cases > 1 else "the one case"
        return (
            f"All variants gave the same right answer in {where}. A run in which they do not "
            "fails, and has no verdict."
        )

    @property
    def control(self) -> str:
        """What the baseline against itself came to."""
        control = self.document.get("control")
        if not control:
            return "Nothing was timed, so there was nothing to control."
        if None in (control.get("interval") or [None]):
            return f"The baseline against itself: {number(control['pairs'])} pairs, too few."
        low, high = control["interval"]
        told = (
            f"The baseline against itself: {times(control['value'])}, between {times(low)} and "
            f"{times(high)}, from {number(control['pairs'])} pairs. "
        )
        if low <= 1 <= high:
            floor = self.document.get("noise_floor")
            ending = f" Noise floor: {figures.share(floor)}." if floor is not None else ""
            return f"{told}It should be 1×, and the interval holds 1×.{ending}"
        return f"{told}It should be 1×, and is not: no timing of this run counts."

    @property
    def pressure(self) -> str:
        """How busy the machine was with other things."""
        pressure = self.document.get("pressure") or {}
        start, end = pressure.get("start"), pressure.get("end")
        if start is None or end is None:
            return "The kernel of this machine does not tell how busy it was."
        steal = (self.document.get("environment") or {}).get("steal")
        stolen = f" The hypervisor took {figures.share(steal)} of the time." if steal else ""
        busy = " So the run was given its time once more." if pressure.get("extended") else ""
        return (
            f"Some task waited for a processor {figures.share(start)} of the time at the start "
            f"and {figures.share(end)} at the end.{busy}{stolen}"
        )

    @property
    def environment(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The environment by its parts."""
        return environment_groups(self.document.get("environment") or {})

    @property
    def data_set(self) -> str:
        """The name of the lab's data, as the lab asks for it now."""
        return cast("DataSet", self.registered.lab.data).key if self.registered else ""

    @property
    def code_path(self) -> str:
        """The lab's file, empty where there is none."""
        return self.registered.path if self.registered else ""

    @property
    def code_url(self) -> str:
        """Where the lab's file is shown."""
        return source_files.source_url(self.code_path)

    def _row(self, item: Mapping[str, Any], name: str, case: Mapping[str, Any]) -> tuple[str, ...]:
        against = item.get("against")
        judged = self._label(item["variant"]) + (
            f" against {self._label(against)}" if against else ""
        )
        measure = str(item.get("measure") or "").replace("_", " ")
        return (
            str(item["claim"]),
            f"{judged}: {measure}" if measure else judged,
            name,
            figures.asked(item, case),
            figures.found(item, case),
            figures.interval_of(item, case),
            figures.based_on(case),
            figures.outliers(case),
            str(item.get("declared") or NO_FIGURE),
            str(case.get("verdict") or item.get("verdict") or NO_FIGURE),
        )

    def _label(self, variant: object) -> str:
        name = str(variant)
        return str((self.document.get("labels") or {}).get(name) or name.replace("_", " "))


def environment_groups(
    environment: Mapping[str, object],
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give the parts of an environment that have entries, each with its names and values."""
    parts: dict[str, list[tuple[str, str]]] = {name: [] for name in GROUPS}
    for name, value in environment.items():
        place = "Settings of the server" if "." in name else "Versions"
        parts["Machine" if name in MACHINE else place].append((name.replace("_", " "), str(value)))
    return [(name, sorted(entries)) for name, entries in parts.items() if entries]


def _measure_rows(taken: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            case_label(entry.get("case") or {}),
            *(
                number(value) if isinstance(value := entry.get(name), int | float) else NO_FIGURE
                for name in ("median", "p95", "total")
            ),
            _trials(entry),
            _taken(entry),
        )
        for entry in taken.get("by_case") or [taken]
    ]


def _trials(entry: Mapping[str, Any]) -> str:
    """Say in how many trials a measure was not 0."""
    if "trials_with" not in entry:
        return NO_FIGURE
    return f"{number(entry['trials_with'])} of {number(entry.get('n', 0))}"


def _taken(entry: Mapping[str, Any]) -> str:
    """Say how often a measure was taken."""
    n = entry.get("n")
    if not isinstance(n, int | float):
        return NO_FIGURE
    return "counted twice" if n == 1 else f"{number(n)} times"
