"""The designs that a lab's author chooses from: a comparison, growth with a size, trials."""

import inspect
import itertools
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nexus.engines.experiment.model.budgets import FORMS, FormName
from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.lab import Case, F, Lab, Needs, Plan, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

__all__ = ["Comparison", "Growth", "Trials"]

Oracle = Callable[[Mapping[str, object], Case], str | None]

LEAST_SIZES = 5
DECADE = 10
DECADES = 1_000
"""The largest size is so many times the smallest, at least: three decades."""

LEAST_LATE_SIZES = 3
"""Sizes in the last decade: with two of them a bend could not be told from a straight line."""


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


class Growth(Comparison):
    """Variants that give the same answer, and how the time of each grows with one size.

    `size` names the parameter that the variants get, `sizes` are its values. A claim about an
    exponent speaks of the last decade, the sizes from a tenth of the largest on.
    """

    design = "growth"

    def __init__(  # noqa: PLR0913 - each is a keyword that an author reads by its name
        self,
        *,
        title: str,
        data: object,
        needs: Needs,
        size: str,
        sizes: "Iterable[float]",
        units: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> None:
        self.size = size
        self.sizes = tuple(sizes)
        cases = {size: self.sizes}
        super().__init__(
            title=title, data=data, needs=needs, cases=cases, units=units, writes=writes
        )

    @property
    def last_decade(self) -> int:
        """The number of the first size that is at least a tenth of the largest."""
        least = self.sizes[-1] / DECADE
        return next(number for number, value in enumerate(self.sizes) if value >= least)

    def plan(self, form: FormName = "full") -> Plan:
        """Return what a run of this form may take."""
        limit = FORMS[form].limit_s
        # The budget counts passes over all sizes, which take as long as the lab's author found.
        return Plan(form, limit, min(limit, float(self.needs.time_s)), self.needs)

    def _check_design(self) -> None:
        name, sizes = self.size, self.sizes
        if len(sizes) < LEAST_SIZES:
            raise LabError(
                f"The lab has {len(sizes)} values of {name}; an exponent needs at least "
                f"{LEAST_SIZES} sizes, so give it more."
            )
        rising = all(one < other for one, other in itertools.pairwise((0, *sizes)))
        if not rising or not math.isfinite(sizes[-1]):
            raise LabError(
                f"The values of {name} must be positive numbers, each larger than the one before; "
                "sort them."
            )
        if sizes[-1] < DECADES * sizes[0]:
            raise LabError(
                f"The values of {name} go from {sizes[0]:,} to {sizes[-1]:,}; an exponent needs "
                "three decades, so let the largest be a thousand times the smallest."
            )
        if len(sizes) - self.last_decade < LEAST_LATE_SIZES:
            raise LabError(
                f"Fewer than {LEAST_LATE_SIZES} values of {name} are at least a tenth of the "
                "largest; a bend there would not be seen, so add one."
            )
        super()._check_design()


class Trials(Lab):
    """Variants that many workers run at once, judged by what they leave behind.

    Each trial gets a subject of its own from `prepare`. Then `workers` threads, each with its own
    connection, call the variant again and again until it returns False or `trial_limit_s` is
    over; after that `inspect` counts what really happened. What all trials share, such as servers
    that live as long as the run, comes from `around`.
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
        self.surround: Callable[[], AbstractContextManager[Any]] | None = None
        self.prepare_subject: Callable[..., Any] | None = None
        self.inspect_subject: Callable[[Any], Mapping[str, int]] | None = None

    def around(self, function: F) -> F:
        """Let this function give a context manager that is open from before the first trial on.

        It is closed after the last, also when the run is cancelled or fails. `prepare` gets what
        it yields.
        """
        self.surround = function
        return function

    def prepare(self, function: F) -> F:
        """Let this function make the subject of each trial: rows of its own.

        It has no parameter, or one where there is `around`.
        """
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
        given = () if self.surround is None else (None,)
        try:
            inspect.signature(self.prepare_subject).bind(*given)
        except TypeError as error:
            wanted = "exactly one parameter, for what @lab.around yields" if given else "none"
            raise LabError(
                f"prepare has other parameters than it is given ({error}); give it {wanted}."
            ) from error
        for variant in self.variants.values():
            try:
                inspect.signature(variant.function).bind(None)
            except TypeError as error:
                raise LabError(
                    f"The variant {variant.name} cannot be called with the subject alone "
                    f"({error}); give it exactly one parameter."
                ) from error
