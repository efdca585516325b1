"""What a run says: values that become one JSON document and a table of raw samples."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nexus.engines.experiment.document.verdicts import Verdict, overall
from nexus.engines.experiment.model.expectation import Declared
from nexus.engines.experiment.model.lab import Case

__all__ = ["SCHEMA", "CaseOutcome", "Control", "Outcome", "Pressure", "Result", "SampleTable"]

SCHEMA = "nexus.run/1"

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """The verdict in one case. `details` are the figures that only this kind of claim has."""

    case: Case
    verdict: Verdict
    value: float | None
    interval: Interval | None
    details: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""

    def to_document(self) -> dict[str, object]:
        """Return the case as it stands in the document."""
        return {
            "case": dict(self.case),
            "verdict": str(self.verdict),
            "value": _finite(self.value),
            "interval": _ends(self.interval),
            **self.details,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one expectation; `value` and `interval` are those of the worst case."""

    claim: str
    kind: str
    verdict: Verdict
    declared: Declared
    variant: str
    against: str | None
    measure: str
    value: float | None
    interval: Interval | None
    bar: float | None
    unit: str
    sentence: str
    reason: str
    cases: tuple[CaseOutcome, ...]

    @property
    def for_the_page(self) -> Verdict:
        """What the verdict says of the page: refuted where it is the opposite of the declared."""
        if self.verdict not in {Verdict.SUPPORTED, Verdict.REFUTED}:
            return self.verdict
        return Verdict.SUPPORTED if str(self.verdict) == self.declared else Verdict.REFUTED

    def to_document(self) -> dict[str, object]:
        """Return the expectation as it stands in the document."""
        return {
            "claim": self.claim,
            "kind": self.kind,
            "verdict": str(self.verdict),
            "declared": self.declared,
            "variant": self.variant,
            "against": self.against,
            "measure": self.measure,
            "value": _finite(self.value),
            "interval": _ends(self.interval),
            "bar": self.bar,
            "unit": self.unit,
            "sentence": self.sentence,
            "reason": self.reason,
            "cases": [case.to_document() for case in self.cases],
        }


@dataclass(frozen=True, slots=True)
class Control:
    """The baseline against itself: a ratio that is one but for the noise."""

    value: float
    interval: Interval | None
    pairs: int

    @property
    def noise_floor(self) -> float | None:
        """The widest share by which the interval departs from a ratio of one."""
        if self.interval is None:
            return None
        return math.exp(max(abs(math.log(end)) for end in self.interval)) - 1

    def to_document(self) -> dict[str, object]:
        """Return the control as it stands in the document."""
        return {
            "value": _finite(self.value),
            "interval": _ends(self.interval),
            "pairs": self.pairs,
        }


@dataclass(frozen=True, slots=True)
class Pressure:
    """CPU pressure (0 to 1, None where the kernel does not tell) around the run."""

    start: float | None
    end: float | None
    extended: bool

    def to_document(self) -> dict[str, object]:
        """Return the pressure as it stands in the document."""
        return {"start": self.start, "end": self.end, "extended": self.extended}


@dataclass(frozen=True, slots=True)
class SampleTable:
    """Raw samples: the names of the columns and the rows."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]

    def to_csv(self) -> str:
        """Return the table as CSV text, its first line the names of the columns."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one lab."""

    lab: str
    title: str
    design: str
    form: str
    expectations: tuple[Outcome, ...]
    variants: Mapping[str, Mapping[str, object]]
    labels: Mapping[str, str]
    baseline: str
    cases: tuple[Case, ...]
    control: Control | None
    pressure: Pressure
    seed: int
    environment: Mapping[str, object]
    started_at: str
    duration_s: float
    samples: SampleTable

    @property
    def verdict(self) -> Verdict:
        """The verdict on what the lab's page teaches: supported where every claim is as declared.

        A claim that its author expects to be refuted speaks for the page when it is.
        """
        return overall(outcome.for_the_page for outcome in self.expectations)

    @property
    def as_declared(self) -> bool:
        """Whether every verdict is the one that the lab's author declared."""
        return all(outcome.verdict == outcome.declared for outcome in self.expectations)

    def to_document(self) -> dict[str, object]:
        """Return the run as one object of JSON's own types, without the raw samples."""
        return {
            "schema": SCHEMA,
            "lab": self.lab,
            "title": self.title,
            "design": self.design,
            "form": self.form,
            "verdict": str(self.verdict),
            "as_declared": self.as_declared,
            "expectations": [outcome.to_document() for outcome in self.expectations],
            "variants": {name: dict(measures) for name, measures in self.variants.items()},
            "labels": dict(self.labels),
            "baseline": self.baseline,
            "cases": [dict(case) for case in self.cases],
            "noise_floor": self.control.noise_floor if self.control else None,
            "control": self.control.to_document() if self.control else None,
            "pressure": self.pressure.to_document(),
            "seed": self.seed,
            "environment": dict(self.environment),
            "started_at": self.started_at,
            "duration_s": self.duration_s,
            "samples": None,
        }

    def samples_csv(self) -> str:
        """Return the raw samples as CSV text."""
        return self.samples.to_csv()


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _ends(interval: Interval | None) -> list[float] | None:
    if interval is None or not all(math.isfinite(end) for end in interval):
        return None
    return list(interval)
