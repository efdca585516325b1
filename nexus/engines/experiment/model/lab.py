"""What every design of a lab has in common: its variants, and what is expected of them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload

from nexus.engines.experiment.document.run_document import Part
from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.variant import Variant

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import Case, Control, Outcome, Variants
    from nexus.engines.experiment.document.samples import SampleTable
    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.model.budgets import FormName
    from nexus.engines.experiment.model.expectation import Expectation

__all__ = ["F", "Findings", "Lab", "Needs", "Plan"]

F = TypeVar("F", bound=Callable[..., Any])

CLAIM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a lab needs: free disk and memory in MB, and its usual time in seconds."""

    disk_mb: int
    memory_mb: int
    time_s: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run may take, to be shown before it starts.

    `at_most_s` is where the engine stops measuring, `usual_s` what the budgets add up to when
    nothing is settled early, both without the preparation of the data.
    """

    form: "FormName"
    at_most_s: float
    usual_s: float
    needs: Needs


@dataclass(frozen=True, slots=True)
class Findings:
    """What the measurement of a lab contributes to its result.

    `extended` says that the budget was given twice because the machine was busy.
    """

    expectations: tuple["Outcome", ...]
    variants: "Variants"
    control: "Control | None"
    noise_floor: float | None
    samples: "SampleTable"
    extended: bool


class Lab(ABC):
    """What every design has in common. `data` and `needs` are for the application."""

    design: ClassVar[str]
    decides: ClassVar[tuple[type["Expectation"], ...]]
    """The kinds of expectation that the design can decide; its `judge` module says how."""

    def __init__(self, *, title: str, data: object, needs: Needs, writes: bool) -> None:
        self.title = title
        self.data = data
        self.needs = needs
        self.writes = writes
        self.variants: dict[str, Variant] = {}
        self.expectations: list[Expectation] = []

    @overload
    def variant(self, function: F, /) -> F: ...

    @overload
    def variant(self, /, *, baseline: bool = ..., label: str | None = ...) -> Callable[[F], F]: ...

    def variant(
        self, function: F | None = None, /, *, baseline: bool = False, label: str | None = None
    ) -> F | Callable[[F], F]:
        """Make a function a variant of this lab, under its own name.

        Raises `LabError` when the lab already has a variant of that name.
        """

        def register(function: F) -> F:
            name = function.__name__
            if name in self.variants:
                raise LabError(f"There are two variants called {name}; rename one of them.")
            words = label or name.replace("_", " ")
            self.variants[name] = Variant(name, words, baseline, function)
            return function

        return register if function is None else register(function)

    def expect(self, *expectations: "Expectation") -> None:
        """Add what the lab's page claims."""
        self.expectations.extend(expectations)

    @property
    def baseline(self) -> Variant:
        """The naive variant. Raises `LabError` unless there is exactly one."""
        baselines = [variant for variant in self.variants.values() if variant.baseline]
        if len(baselines) != 1:
            raise LabError(
                f"The lab has {len(baselines)} baselines; mark exactly one variant with "
                "@lab.variant(baseline=True)."
            )
        return baselines[0]

    @property
    @abstractmethod
    def case_list(self) -> list["Case"]:
        """Every case, each as the keyword arguments of the variants."""

    @abstractmethod
    def plan(self, form: "FormName" = "full") -> Plan:
        """Return what a run of this form may take."""

    @abstractmethod
    def measure(self, session: "Session") -> Findings:
        """Measure and judge the lab on the open bench of `session`.

        Raises `OracleError`, `VariantError`, `LabError` or `Cancelled`. The modules that measure
        need numpy and are imported here, so that a server that only shows labs does without.
        """

    @abstractmethod
    def _check_design(self) -> None:
        """Raise `LabError` for a mistake that only this design can have."""

    @abstractmethod
    def _check_expectation(self, expectation: "Expectation") -> None:
        """Raise `LabError` where the design cannot decide this one of its kinds of expectation."""

    def check(self) -> None:
        """Raise `LabError`, which names the mistake and the remedy, unless the lab can be run."""
        if not self.title.strip():
            raise LabError("The lab has no title; give it one with title=….")
        if min(self.needs.disk_mb, self.needs.memory_mb, self.needs.time_s) <= 0:
            raise LabError("The lab's needs must be positive; state them with Needs(…).")
        if len(self.variants) < 2:  # noqa: PLR2004 -- two sides make a comparison
            raise LabError(
                "The lab has fewer than two variants; add the naive one and its fix with "
                "@lab.variant."
            )
        _ = self.baseline
        self._check_design()
        self._check_expectations()

    def part(self, findings: Findings) -> Part:
        """Return the lab's part of a run document."""
        return Part(
            design=self.design,
            expectations=findings.expectations,
            variants=findings.variants,
            labels={name: variant.label for name, variant in self.variants.items()},
            baseline=self.baseline.name,
            cases=tuple(self.case_list),
            noise_floor=findings.noise_floor,
            control=findings.control,
        )

    def _check_expectations(self) -> None:
        if not self.expectations:
            raise LabError(
                "The lab expects nothing; state what its page claims with lab.expect(…)."
            )
        claims: set[str] = set()
        for expectation in self.expectations:
            claim = expectation.claim
            if not CLAIM.fullmatch(claim):
                raise LabError(
                    f'"{claim}" is no claim id; write the lab\'s slug, a dot and a name, such as '
                    "n-plus-one.faster."
                )
            if claim in claims:
                raise LabError(f"Two expectations decide the claim {claim}; rename one of them.")
            claims.add(claim)
            if not isinstance(expectation, self.decides):
                raise LabError(
                    f"{claim} is a {type(expectation).__name__}, which a {type(self).__name__} "
                    f"cannot decide; write the lab as {expectation.designs} or expect one of "
                    f"{', '.join(sorted(kind.__name__ for kind in self.decides))}."
                )
            expectation.check(self)
            self._check_expectation(expectation)
