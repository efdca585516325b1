"""The `nexus.run/1` document: what one run of a lab says, typed.

A field with a default is optional: it is left out of the JSON where it has its default, so a later
release can add one. `schema.py` derives the JSON Schema from these classes, the sentences below
their fields included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nexus.engines.experiment.document.verdicts import Verdict, overall

__all__ = [
    "SCHEMA",
    "Case",
    "CaseFigures",
    "CaseOutcome",
    "Control",
    "Declared",
    "Figures",
    "Interval",
    "Measure",
    "Outcome",
    "Part",
    "Pressure",
    "RunDocument",
    "Scalar",
    "Variants",
]

SCHEMA = "nexus.run/1"

Scalar = str | int | float | bool
Case = dict[str, Scalar]
"""A case: the name and the value of each parameter."""

Interval = tuple[float, float]
Declared = Literal["supported", "refuted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome:
    """The verdict on an expectation in one case. Optional figures belong to one kind of claim."""

    case: Case
    """The parameters of the case; of growth, the sizes from which to which the exponent is."""
    verdict: Verdict
    """The verdict in this case."""
    value: float | None
    """The measured value, in the unit of the expectation."""
    interval: Interval | None
    """The lower and the upper end of the interval about the value; null for an exact count."""

    pairs: int | None = None
    """How many pairs of timed units the value comes from."""
    passes: int | None = None
    """How many passes over all sizes the exponent comes from."""
    rounds: int | None = None
    """On how many connections the pairs or passes were measured."""
    outliers: float | None = None
    """The share of pairs of which one side took over three times its median; none is removed."""
    predicted: int | None = None
    """The count that the claim predicts."""
    counted: int | None = None
    """What the variant counted, where the value is a ratio of counts."""
    against: int | None = None
    """What the opponent counted."""
    trials: int | None = None
    """How many trials the share comes from."""
    trials_with: int | None = None
    """In how many trials the event happened."""
    total: int | None = None
    """How often the event happened in all trials together."""
    unknown: int | None = None
    """How many attempts raised or ran out of time; each may have taken effect."""
    span: str | None = None
    """Which sizes an exponent is about: the last decade, all sizes, or one step."""
    asks: str | None = None
    """The side of the bar that the claim names: at least or at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict on one expectation; `value` and `interval` are those of the worst case."""

    claim: str
    """The id of the claim that the expectation decides."""
    kind: str
    """What decided it: time, throughput, equal, count, events or growth; empty if unavailable."""
    verdict: Verdict
    """The verdict on the claim: that of the cases together."""
    declared: Declared
    """The verdict that the lab's author expects."""
    variant: str
    """The variant that the claim is about."""
    against: str | None
    """The opponent of the variant; null where it has none."""
    measure: str
    """What was measured: time, throughput, or the name of a count or an event."""
    value: float | None
    """The measured value of the worst case; null where there is none."""
    interval: Interval | None
    """The lower and the upper end of the interval about the value."""
    bar: float | None
    """What the claim asks of the value."""
    unit: str
    """The unit of value, interval and bar."""
    sentence: str
    """What was measured, in words."""
    reason: str
    """Why the verdict is inconclusive or unavailable, or what else to know about it."""
    cases: tuple[CaseOutcome, ...]
    """The verdict in each case; empty if unavailable."""

    @property
    def for_the_page(self) -> Verdict:
        """What the verdict says of the page: refuted where it is the opposite of the declared."""
        if self.verdict not in {Verdict.SUPPORTED, Verdict.REFUTED}:
            return self.verdict
        return Verdict.SUPPORTED if str(self.verdict) == self.declared else Verdict.REFUTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A measure in a few figures."""

    median: float | None
    """The median; of an exact count the count."""
    p95: float | None
    """The 95th percentile."""
    p99: float | None
    """The 99th percentile; null where there are too few values to tell it from the largest."""
    n: int | None
    """How many values the figures are of; 1 for an exact count."""
    total: float | None = None
    """The sum over all trials."""
    trials_with: int | None = None
    """In how many trials the count was not 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigures(Figures):
    """A measure in one case."""

    case: Case
    """The parameters of the case."""
    rounds: tuple[float, ...] = ()
    """Of growth, the median of each round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Figures):
    """A measure of one variant; the figures are those of the last case, or of all trials."""

    unit: str
    """The unit of the figures."""
    by_case: tuple[CaseFigures, ...] = ()
    """The figures of each case; left out for trials, which have no cases."""


Variants = Mapping[str, Mapping[str, Measure]]
"""The measures of each variant, by the names of both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The baseline compared with itself: a ratio of one but for the noise."""

    value: float
    """The ratio."""
    interval: Interval | None
    """The interval about it; null where there are too few pairs for one."""
    pairs: int
    """How many pairs the ratio comes from."""
    void: bool | None = None
    """Whether the control differs from itself, so that no timing of the part counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """CPU pressure (0 to 1, null where the kernel does not report it) around the run."""

    start: float | None
    """The pressure at the start."""
    end: float | None
    """The pressure at the end."""
    extended: bool
    """Whether the budget was given twice because the machine was busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One experiment of a lab, of one design. A lab has one or several."""

    design: str
    """How the part was measured: comparison, growth or trials."""
    expectations: tuple[Outcome, ...]
    """The outcome of every expectation, in the lab's order."""
    variants: Variants
    """The measures of each variant, by the names of both; empty if unavailable."""
    labels: Mapping[str, str]
    """The name for people of each variant."""
    baseline: str
    """The name of the naive variant."""
    cases: tuple[Case, ...]
    """Every case, as the parameters of the variants."""
    noise_floor: float | None
    """The widest share by which the control's interval departs from a ratio of one."""
    control: Control | None
    """The baseline compared with itself; null where nothing was timed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """One run of one lab. What the parts measured is also listed at the top, for simple readers."""

    lab: str
    """The lab's slug."""
    title: str
    """The lab's title."""
    form: str
    """How much the run could measure: full or quick."""
    pressure: Pressure
    """How busy the machine was with other work."""
    seed: int
    """The seed of the run's random draws, which repeats them."""
    environment: Mapping[str, object]
    """What the run ran on: machine, versions and settings."""
    started_at: str
    """When the measurement began, as an ISO 8601 date and time."""
    duration_s: float
    """How long the measurement took, without the preparation of the data."""
    samples: str | None
    """Where the raw samples are, once they are saved to a file."""
    parts: tuple[Part, ...]
    """The experiments of the lab, at least one."""

    @property
    def schema(self) -> Literal["nexus.run/1"]:
        """The name and the version of the format."""
        return "nexus.run/1"

    @property
    def verdict(self) -> Verdict:
        """The verdict on what the lab's page teaches: supported if every claim is as declared.

        A claim that its author expects to be refuted speaks for the page when it is.
        """
        return overall(outcome.for_the_page for outcome in self.expectations)

    @property
    def as_declared(self) -> bool:
        """Whether every verdict is the one that the lab's author declared."""
        return all(str(outcome.verdict) == outcome.declared for outcome in self.expectations)

    @property
    def expectations(self) -> tuple[Outcome, ...]:
        """The expectations of all parts, in the lab's order."""
        return tuple(outcome for part in self.parts for outcome in part.expectations)

    @property
    def variants(self) -> Variants:
        """The variants of all parts; of a name that two parts use, those of the later part."""
        return {name: measures for part in self.parts for name, measures in part.variants.items()}

    @property
    def labels(self) -> Mapping[str, str]:
        """The names for people of all parts' variants."""
        return {name: label for part in self.parts for name, label in part.labels.items()}

    @property
    def design(self) -> str:
        """The design of the first part."""
        return self.parts[0].design

    @property
    def baseline(self) -> str:
        """The baseline of the first part."""
        return self.parts[0].baseline

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases of the first part."""
        return self.parts[0].cases

    @property
    def noise_floor(self) -> float | None:
        """The highest noise floor of all parts."""
        floors = [part.noise_floor for part in self.parts if part.noise_floor is not None]
        return max(floors, default=None)

    @property
    def control(self) -> Control | None:
        """The control of the first part that has one."""
        return next((part.control for part in self.parts if part.control is not None), None)
