"""What a lab's author expects of a run; each expectation decides one claim of the page."""

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from nexus.engines.experiment.comparison.design import Comparison, Growth, Trials
from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.lab import Case, Lab

__all__ = [
    "SMALLEST_EFFECT",
    "SMALLEST_EXPONENT",
    "AtLeast",
    "Constant",
    "Counted",
    "Declared",
    "Equal",
    "Expectation",
    "Exponent",
    "Never",
    "Occurs",
    "Rated",
]

SMALLEST_EFFECT = 1.05
"""The smallest ratio that a claim may be about."""

WIDEST_BAND = 0.5

SMALLEST_EXPONENT = 0.05
"""The smallest exponent, or difference of two, that matters: 12 % more time for a decade more."""

Declared = Literal["supported", "refuted"]
MEASURED = ("time", "throughput")


@dataclass(frozen=True)
class Expectation(ABC):
    """One claim about one variant.

    `declared` is the verdict that the author expects: "refuted" where the page teaches that
    something does not pay.
    """

    claim: str
    variant: str
    declared: Declared = field(default="supported", kw_only=True)

    @abstractmethod
    def check(self, lab: Lab) -> None:
        """Raise LabError where the expectation does not fit the lab."""

    def timed(self, lab: Comparison) -> list[tuple[str, str, int]]:  # noqa: ARG002 - see Rated
        """Return what must be timed, as variant, opponent and number of the case."""
        return []

    def _check_names(self, lab: Lab, *variants: str) -> None:
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

    def _check_design(self, lab: Lab, wanted: type[Lab]) -> None:
        if not isinstance(lab, wanted):
            raise LabError(
                f"{self.claim} is a {type(self).__name__}, which a {type(lab).__name__} cannot "
                f"decide; write the lab as {wanted.__name__} or expect something else."
            )

    def _check_counted(self, measure: str) -> None:
        if measure in MEASURED or not measure:
            raise LabError(
                f'{self.claim} wants an exact count, and "{measure}" is none; name a count such '
                "as queries, or use AtLeast or Equal."
            )


@dataclass(frozen=True)
class Counted(Expectation):
    """The variant counts exactly what `predicted` says, in every case.

    `predicted` is a number or a function of the case's parameters.
    """

    measure: str
    predicted: int | Callable[..., int]

    def check(self, lab: Lab) -> None:
        """Raise LabError where the expectation does not fit the lab."""
        self._check_names(lab)
        self._check_design(lab, Comparison)
        self._check_counted(self.measure)
        if callable(self.predicted):
            try:
                inspect.signature(self.predicted).bind(**lab.case_list[0])
            except TypeError as error:
                raise LabError(
                    f"{self.claim} predicts from other parameters than the cases have ({error}); "
                    f"give the function {', '.join(lab.case_list[0]) or 'no parameters'}."
                ) from error

    def prediction(self, case: Case) -> int:
        """Return the count predicted for `case`."""
        return self.predicted(**case) if callable(self.predicted) else self.predicted


@dataclass(frozen=True)
class Constant(Expectation):
    """The variant counts the same in every case."""

    measure: str

    def check(self, lab: Lab) -> None:
        """Raise LabError where the expectation does not fit the lab."""
        self._check_names(lab)
        self._check_design(lab, Comparison)
        self._check_counted(self.measure)
        if len(lab.case_list) < 2:  # noqa: PLR2004 - two cases make a constant
            raise LabError(
                f"{self.claim} says that a count stays the same, but the lab has one case; give "
                "it cases=… with at least two."
            )


@dataclass(frozen=True)
class Rated(Expectation):
    """A claim about the ratio of two variants, by default in every case.

    `over` is the opponent (the baseline when None). `case` keeps to the cases that agree with it.
    """

    over: str | None = field(default=None, kw_only=True)
    measure: str = field(default="time", kw_only=True)
    case: Case | None = field(default=None, kw_only=True)

    def opponent(self, lab: Lab) -> str:
        """Return the name of the variant that this one is compared with."""
        return self.over or lab.baseline.name

    def case_numbers(self, lab: Lab) -> list[int]:
        """Return which of the lab's cases the claim is about."""
        wanted = (self.case or {}).items()
        return [number for number, case in enumerate(lab.case_list) if wanted <= case.items()]

    def timed(self, lab: Comparison) -> list[tuple[str, str, int]]:
        """Return what must be timed, as variant, opponent and number of the case."""
        if self.measure != "time":
            return []
        opponent = self.opponent(lab)
        return [(self.variant, opponent, number) for number in self.case_numbers(lab)]

    def check(self, lab: Lab) -> None:
        """Raise LabError where the expectation does not fit the lab."""
        self._check_names(lab, *([self.over] if self.over else []))
        if self.opponent(lab) == self.variant:
            raise LabError(
                f"{self.claim} compares {self.variant} with itself; name another variant with "
                "over=…."
            )
        self._check_measure(lab)
        if not self.case_numbers(lab):
            raise LabError(
                f"{self.claim} is about the case {self.case}, which the lab does not have; its "
                f"parameters are {', '.join(lab.case_list[0]) or 'none'}."
            )
        self._check_bar()

    def _check_measure(self, lab: Lab) -> None:
        if isinstance(lab, Trials) and self.measure != "throughput":
            raise LabError(
                f'{self.claim} asks trials for "{self.measure}"; trials measure '
                'measure="throughput", and events with Never and Occurs.'
            )
        if not isinstance(lab, Trials) and self.measure in {"throughput", ""}:
            raise LabError(
                f'{self.claim} asks a comparison for "{self.measure}"; it measures "time" and '
                "exact counts such as queries."
            )

    @abstractmethod
    def _check_bar(self) -> None:
        """Raise LabError where the claim's own number makes no sense."""


@dataclass(frozen=True)
class AtLeast(Rated):
    """The variant is at least `ratio` times as good: as fast, or with as few of a count."""

    ratio: float = field(kw_only=True)

    def _check_bar(self) -> None:
        if not (math.isfinite(self.ratio) and self.ratio > SMALLEST_EFFECT):
            raise LabError(
                f"{self.claim} claims a ratio of {self.ratio}; no lab here tells effects of 1.05 "
                "and less from noise, so claim more."
            )


@dataclass(frozen=True)
class Equal(Rated):
    """Neither of two variants is better by more than the share `within`."""

    within: float = field(default=0.05, kw_only=True)

    def _check_bar(self) -> None:
        if not SMALLEST_EFFECT - 1 <= self.within + 1e-9 <= WIDEST_BAND:
            raise LabError(
                f"{self.claim} wants equality within {self.within}; choose 0.05 (5 %), the "
                "smallest difference that is told from noise, up to 0.5."
            )


@dataclass(frozen=True)
class Exponent(Expectation):
    """The variant's time grows like a power of the size, with an exponent on one side of a bar.

    Exactly one of `at_least` and `at_most` is given. The exponent is that of the last decade.
    """

    at_least: float | None = field(default=None, kw_only=True)
    at_most: float | None = field(default=None, kw_only=True)

    @property
    def bar(self) -> float:
        """The exponent that the claim names."""
        return next(bar for bar in (self.at_least, self.at_most) if bar is not None)

    def check(self, lab: Lab) -> None:
        """Raise LabError where the expectation does not fit the lab."""
        self._check_names(lab)
        self._check_design(lab, Growth)
        if (self.at_least is None) == (self.at_most is None):
            raise LabError(f"{self.claim} needs one bar; give it either at_least=… or at_most=….")
        if not (math.isfinite(self.bar) and self.bar >= SMALLEST_EXPONENT):
            raise LabError(
                f"{self.claim} has its bar at an exponent of {self.bar}; no lab here tells less "
                f"than {SMALLEST_EXPONENT} from no growth, so put it higher."
            )


@dataclass(frozen=True)
class Never(Expectation):
    """The event never happens to the variant, though it does happen to a naive one.

    `against` is that naive variant, the baseline when None.
    """

    event: str
    against: str | None = field(default=None, kw_only=True)

    def opponent(self, lab: Lab) -> str:
        """Return the name of the variant to which the event must happen."""
        return self.against or lab.baseline.name

    def check(self, lab: Lab) -> None:
        """Raise LabError where the expectation does not fit the lab."""
        self._check_names(lab, *([self.against] if self.against else []))
        self._check_design(lab, Trials)
        if self.opponent(lab) == self.variant:
            raise LabError(
                f"{self.claim} holds {self.variant} against itself; name the variant to which it "
                "does happen with against=…."
            )


@dataclass(frozen=True)
class Occurs(Expectation):
    """The event happens to the variant at least once."""

    event: str

    def check(self, lab: Lab) -> None:
        """Raise LabError where the expectation does not fit the lab."""
        self._check_names(lab)
        self._check_design(lab, Trials)
