"""What a lab's author expects of a run; each expectation decides one claim of the page.

The expectations of ratios are here, since every design that times something accepts them; those
of one design are in the folder of that design.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.model.errors import LabError

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import Case, Declared, Interval
    from nexus.engines.experiment.model.lab import Lab

__all__ = [
    "MEASURED",
    "SMALLEST_EFFECT",
    "SMALLEST_EXPONENT",
    "AtLeast",
    "Equal",
    "Expectation",
    "RatioExpectation",
]

SMALLEST_EFFECT = 1.05
"""The smallest ratio that a claim may be about."""

WIDEST_BAND = 0.5

SMALLEST_EXPONENT = 0.05
"""The smallest exponent, or difference of two, that matters: 12 % more time for a decade more."""

MEASURED = ("time", "throughput")
"""Measures with an interval; all others are exact counts."""


@dataclass(frozen=True)
class Expectation(ABC):
    """One claim about one variant.

    `declared` is the verdict that the author expects: "refuted" where the page teaches that
    something does not pay.
    """

    designs: ClassVar[str]
    """The design that decides it, for the author of a lab of another design."""

    claim: str
    variant: str
    declared: "Declared" = field(default="supported", kw_only=True)

    @abstractmethod
    def check(self, lab: "Lab") -> None:
        """Raise `LabError` where the expectation does not fit the lab."""

    def check_names(self, lab: "Lab", *variants: str) -> None:
        """Raise `LabError` for an unknown variant or declared verdict."""
        if self.declared not in {"supported", "refuted"}:
            raise LabError(
                f'{self.claim} declares "{self.declared}"; declare "supported" or "refuted".'
            )
        for name in (self.variant, *variants):
            if name not in lab.variants:
                raise LabError(
                    f"{self.claim} names the variant {name}, which the lab does not have; it has "
                    f"{', '.join(lab.variants)}."
                )


@dataclass(frozen=True)
class RatioExpectation(Expectation):
    """A claim about the ratio of two variants, by default in every case.

    `over` is the opponent (the baseline when None). `case` keeps to the cases that agree with it.
    """

    designs = "Comparison, Growth or Trials"

    over: str | None = field(default=None, kw_only=True)
    measure: str = field(default="time", kw_only=True)
    case: "Case | None" = field(default=None, kw_only=True)

    @property
    @abstractmethod
    def bar(self) -> float:
        """The ratio that the claim names; for equality the upper end of its band."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The kind of the outcome in the document, where the ratio has an interval."""

    @abstractmethod
    def decide(self, interval: "Interval") -> Verdict | None:
        """Return what an interval of log ratios says of the claim, or None while it is open."""

    @abstractmethod
    def holds(self, ratio: float) -> bool:
        """Return whether an exact ratio fulfils the claim."""

    def opponent(self, lab: "Lab") -> str:
        """Return the name of the variant that this one is compared with."""
        return self.over or lab.baseline.name

    def case_numbers(self, lab: "Lab") -> list[int]:
        """Return which of the lab's cases the claim is about."""
        parameters = (self.case or {}).items()
        return [number for number, case in enumerate(lab.case_list) if parameters <= case.items()]

    def check(self, lab: "Lab") -> None:
        """Raise `LabError` where the expectation does not fit the lab."""
        self.check_names(lab, *([self.over] if self.over else []))
        if self.opponent(lab) == self.variant:
            raise LabError(
                f"{self.claim} compares {self.variant} with itself; name another variant with "
                "over=…."
            )
        if not self.case_numbers(lab):
            raise LabError(
                f"{self.claim} is about the case {self.case}, which the lab does not have; its "
                f"parameters are {', '.join(lab.case_list[0]) or 'none'}."
            )
        self._check_bar()

    @abstractmethod
    def _check_bar(self) -> None:
        """Raise `LabError` where the claim's own number makes no sense."""


@dataclass(frozen=True)
class AtLeast(RatioExpectation):
    """The variant is at least `ratio` times as good: as fast, or with as few of a count."""

    ratio: float = field(kw_only=True)

    @property
    def bar(self) -> float:
        """The ratio that the claim names."""
        return self.ratio

    @property
    def kind(self) -> str:
        """The measure."""
        return self.measure

    def decide(self, interval: "Interval") -> Verdict | None:
        """Return what an interval of log ratios says of the claim, or None while it is open."""
        low, high = interval
        bar = math.log(self.ratio)
        if low >= bar:
            return Verdict.SUPPORTED
        return Verdict.REFUTED if high < bar else None

    def holds(self, ratio: float) -> bool:
        """Return whether an exact ratio fulfils the claim."""
        return ratio >= self.ratio

    def _check_bar(self) -> None:
        if not (math.isfinite(self.ratio) and self.ratio > SMALLEST_EFFECT):
            raise LabError(
                f"{self.claim} claims a ratio of {self.ratio}; no lab here can distinguish effects "
                "of 1.05 and less from noise, so claim more."
            )


@dataclass(frozen=True)
class Equal(RatioExpectation):
    """Neither of two variants is better by more than the share `within`."""

    within: float = field(default=0.05, kw_only=True)

    @property
    def bar(self) -> float:
        """The upper end of the band."""
        return 1 + self.within

    @property
    def kind(self) -> str:
        """The word "equal", whatever was measured."""
        return "equal"

    def decide(self, interval: "Interval") -> Verdict | None:
        """Return what an interval of log ratios says of the claim, or None while it is open."""
        low, high = interval
        band = math.log(1 + self.within)
        if -band <= low and high <= band:
            return Verdict.SUPPORTED
        return Verdict.REFUTED if low > band or high < -band else None

    def holds(self, ratio: float) -> bool:
        """Return whether an exact ratio fulfils the claim."""
        return 1 / self.bar <= ratio <= self.bar

    def _check_bar(self) -> None:
        if not SMALLEST_EFFECT - 1 <= self.within + 1e-9 <= WIDEST_BAND:
            raise LabError(
                f"{self.claim} claims equality within {self.within}; choose 0.05 (5 %), the "
                "smallest difference that can be distinguished from noise, up to 0.5."
            )
