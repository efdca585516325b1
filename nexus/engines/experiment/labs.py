"""What a lab's author writes: a design, its variants, its oracle and what is expected."""

import inspect
import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

from nexus.engines.experiment.errors import LabError
from nexus.engines.experiment.forms import FORMS, FormName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nexus.engines.experiment.expectations import Expectation

__all__ = ["Case", "Comparison", "Lab", "Needs", "Plan", "Scalar", "Trials", "Variant"]

Scalar = str | int | float | bool
Case = dict[str, Scalar]
Oracle = Callable[[Mapping[str, object], Case], str | None]
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


class Comparison(Lab):
    """Variants that give the same answer, compared by exact counts and by paired times.

    `cases` maps each parameter to its values; their product is the list of cases, which the
    variants get as keyword arguments. `units` names what a measure counts, where that is not the
    measure's own name.
    """

    design = "comparison"

    def __init__(  # noqa: PLR0913 - each is a keyword that an author reads by its name
        self,
        *,
        title: str,
        data: object,
        needs: Needs,
        cases: "Mapping[str, Iterable[Scalar]] | None" = None,
        units: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> None:
        super().__init__(title=title, data=data, needs=needs, writes=writes)
        self.parameters = {name: tuple(values) for name, values in (cases or {}).items()}
        self.units = dict(units or {})
        self.check_answers: Oracle | None = None

    def oracle(self, function: Oracle) -> Oracle:
        """Let this function judge the answers of all variants in each case.

        It gets the answers by variant name and the case, and returns a sentence or raises where
        they are wrong. Without it all answers must be equal.
        """
        self.check_answers = function
        return function

    @property
    def case_list(self) -> list[Case]:
        """The product of all parameters; one empty case when there is none."""
        names = list(self.parameters)
        product = itertools.product(*self.parameters.values())
        return [dict(zip(names, values, strict=True)) for values in product]

    def timed(self) -> "list[tuple[str, str, int]]":
        """Return what is timed, as variant, its opponent and the number of the case."""
        found: dict[tuple[str, str, int], None] = {}
        for expectation in self.expectations:
            for key in expectation.timed(self):
                found[key] = None
        return list(found)

    def plan(self, form: FormName = "full") -> Plan:
        """Return what a run of this form may take."""
        limits = FORMS[form]
        # A third of all pairs are the control's, beside the two thirds that carry a budget.
        usual = 1.5 * limits.budget_s * len(self.timed()) + 1
        return Plan(form, limits.limit_s, min(usual, limits.limit_s), self.needs)

    def _check_design(self) -> None:
        for name, values in self.parameters.items():
            if not values:
                raise LabError(f"The parameter {name} has no values; give it at least one.")
            if not all(isinstance(value, Scalar) for value in values):
                raise LabError(
                    f"The values of {name} must be strings, numbers or booleans, since the "
                    "result names them."
                )
            if len(set(values)) < len(values):
                raise LabError(f"The parameter {name} has a value twice; leave one out.")
        for variant in self.variants.values():
            self._check_call(variant, self.case_list[0])


class Trials(Lab):
    """Variants that many workers run at once, judged by what they leave behind.

    Each trial gets a subject of its own from `prepare`. Then `workers` threads, each with its own
    connection, call the variant again and again until it returns False or `trial_limit_s` is
    over; after that `inspect` counts what really happened.
    """

    design = "trials"

    def __init__(  # noqa: PLR0913 - each is a keyword that an author reads by its name
        self,
        *,
        title: str,
        data: object,
        needs: Needs,
        workers: int = 16,
        writes: bool = True,
        trial_limit_s: float = 10.0,
    ) -> None:
        super().__init__(title=title, data=data, needs=needs, writes=writes)
        self.workers = workers
        self.trial_limit_s = trial_limit_s
        self.prepare_subject: Callable[[], Any] | None = None
        self.inspect_subject: Callable[[Any], Mapping[str, int]] | None = None

    def prepare(self, function: F) -> F:
        """Let this function make the subject of each trial: rows of its own."""
        self.prepare_subject = function
        return function

    def inspect(self, function: F) -> F:
        """Let this function count, from the final state, what happened in a trial."""
        self.inspect_subject = function
        return function

    @property
    def case_list(self) -> list[Case]:
        """One empty case: trials have no parameters."""
        return [{}]

    def plan(self, form: FormName = "full") -> Plan:
        """Return what a run of this form may take."""
        limit = FORMS[form].limit_s
        return Plan(form, limit, min(limit, float(self.needs.time_s)), self.needs)

    def _check_design(self) -> None:
        if self.workers < 2:  # noqa: PLR2004 - one worker cannot race
            raise LabError("One worker alone provokes no race; give the lab at least two workers.")
        if self.trial_limit_s <= 0:
            raise LabError("A trial needs time; give the lab a positive trial_limit_s.")
        if self.prepare_subject is None:
            raise LabError("Nothing makes a trial's subject; write it and mark it @lab.prepare.")
        if self.inspect_subject is None:
            raise LabError(
                "Nothing counts what a trial left behind; write it and mark it @lab.inspect."
            )
        for variant in self.variants.values():
            try:
                inspect.signature(variant.function).bind(None)
            except TypeError as error:
                raise LabError(
                    f"The variant {variant.name} cannot be called with the subject alone "
                    f"({error}); give it exactly one parameter."
                ) from error


def _list(names: "Iterable[str]") -> str:
    return ", ".join(names) or "no arguments"
