"""What every design of a lab has in common: its variants, and what is expected of them."""

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

from nexus.engines.experiment.model.budgets import FormName
from nexus.engines.experiment.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nexus.engines.experiment.model.expectation import Expectation

__all__ = ["Case", "F", "Lab", "Needs", "Plan", "Scalar", "Variant"]

Scalar = str | int | float | bool
Case = dict[str, Scalar]
F = TypeVar("F", bound=Callable[..., Any])

CLAIM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a lab asks of the machine: free disk and memory in MB, and its usual time in seconds."""

    disk_mb: int
    memory_mb: int
    time_s: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to do the work. `label` is its name for people."""

    name: str
    label: str
    baseline: bool
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run may take, to be shown before it starts.

    `at_most_s` is where the engine stops measuring, `usual_s` what the budgets add up to when
    nothing is settled early, both without the preparation of the data.
    """

    form: FormName
    at_most_s: float
    usual_s: float
    needs: Needs


class Lab(ABC):
    """What every design has in common. `data` and `needs` are for the application."""

    design: str

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

        Raise LabError when the lab has a variant of that name.
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
        """The naive variant. Raise LabError unless there is exactly one."""
        found = [variant for variant in self.variants.values() if variant.baseline]
        if len(found) != 1:
            raise LabError(
                f"The lab has {len(found)} baselines; mark exactly one variant with "
                "@lab.variant(baseline=True)."
            )
        return found[0]

    @property
    @abstractmethod
    def case_list(self) -> list[Case]:
        """Every case, each as the keyword arguments of the variants."""

    @abstractmethod
    def plan(self, form: FormName = "full") -> Plan:
        """Return what a run of this form may take."""

    @abstractmethod
    def _check_design(self) -> None:
        """Raise LabError for a fault that only this design can have."""

    def check(self) -> None:
        """Raise LabError, which names the fault and the remedy, unless the lab can be run."""
        if not self.title.strip():
            raise LabError("The lab has no title; give it one with title=….")
        if min(self.needs.disk_mb, self.needs.memory_mb, self.needs.time_s) <= 0:
            raise LabError("The lab's needs must be positive; state them with Needs(…).")
        if len(self.variants) < 2:  # noqa: PLR2004 - two sides make a comparison
            raise LabError(
                "The lab has fewer than two variants; add the naive one and its fix with "
                "@lab.variant."
            )
        _ = self.baseline
        self._check_design()
        self._check_expectations()

    def _check_expectations(self) -> None:
        if not self.expectations:
            raise LabError(
                "The lab expects nothing; state what its page claims with lab.expect(…)."
            )
        seen: set[str] = set()
        for expectation in self.expectations:
            claim = expectation.claim
            if not CLAIM.fullmatch(claim):
                raise LabError(
                    f'"{claim}" is no claim id; write the lab\'s slug, a dot and a name, such as '
                    "n-plus-one.faster."
                )
            if claim in seen:
                raise LabError(f"Two expectations decide the claim {claim}; rename one of them.")
            seen.add(claim)
            expectation.check(self)

    def _check_call(self, variant: Variant, arguments: "Mapping[str, object]") -> None:
        try:
            inspect.signature(variant.function).bind(**arguments)
        except TypeError as error:
            raise LabError(
                f"The variant {variant.name} cannot be called with {_list(arguments)} ({error}); "
                "give it exactly the parameters of the cases."
            ) from error


def _list(names: "Iterable[str]") -> str:
    return ", ".join(names) or "no arguments"
