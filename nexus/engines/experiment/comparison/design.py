"""The design of a comparison: cases, an oracle, and pairs of variants."""

import inspect
import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from nexus.engines.experiment.comparison.expectations import Constant, Counted
from nexus.engines.experiment.document.run_document import Case, Scalar
from nexus.engines.experiment.model.budgets import BUDGETS
from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.expectation import AtLeast, Equal, RatioExpectation
from nexus.engines.experiment.model.lab import Lab, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.model.budgets import FormName
    from nexus.engines.experiment.model.expectation import Expectation
    from nexus.engines.experiment.model.lab import Findings, Needs
    from nexus.engines.experiment.model.variant import Variant

__all__ = ["Comparison", "Oracle", "TimedPair"]

Oracle = Callable[[Mapping[str, object], Case], str | None]

TimedPair = tuple[str, str, int]
"""What is timed: a variant, its opponent, and the number of the case."""


class Comparison(Lab):
    """Variants that give the same answer, compared by exact counts and by paired times.

    `cases` maps each parameter to its values; their product is the list of cases, which the
    variants get as keyword arguments. `units` names what a measure counts, where that is not the
    measure's own name.
    """

    design = "comparison"
    decides: "ClassVar[tuple[type[Expectation], ...]]" = (AtLeast, Equal, Counted, Constant)

    def __init__(  # noqa: PLR0913 -- each is a keyword that an author reads by its name
        self,
        *,
        title: str,
        data: object,
        needs: "Needs",
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

    def timed_by(self, expectation: "Expectation") -> list[TimedPair]:
        """Return what one expectation needs to be timed."""
        if not isinstance(expectation, RatioExpectation) or expectation.measure != "time":
            return []
        opponent = expectation.opponent(self)
        return [
            (expectation.variant, opponent, number) for number in expectation.case_numbers(self)
        ]

    def timed(self) -> list[TimedPair]:
        """Return what all expectations need to be timed, each pair once."""
        pairs = (pair for expectation in self.expectations for pair in self.timed_by(expectation))
        return list(dict.fromkeys(pairs))

    def plan(self, form: "FormName" = "full") -> Plan:
        """Return what a run of this form may take."""
        budget = BUDGETS[form]
        # A third of all pairs are the control's, in addition to the two thirds that have a budget.
        usual = 1.5 * budget.time_s * len(self.timed()) + 1
        return Plan(form, budget.limit_s, min(usual, budget.limit_s), self.needs)

    def measure(self, session: "Session") -> "Findings":
        """Measure and judge the lab on the open bench of `session`."""
        from nexus.engines.experiment.comparison.judge import findings
        from nexus.engines.experiment.comparison.schedule import compare

        return findings(self, session, compare(self, session))

    def _check_expectation(self, expectation: "Expectation") -> None:
        measure = getattr(expectation, "measure", "time")
        if isinstance(expectation, RatioExpectation) and measure in {"throughput", ""}:
            raise LabError(
                f'{expectation.claim} asks a comparison for "{measure}"; it measures "time" and '
                "exact counts such as queries."
            )

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
            _check_call(variant, self.case_list[0])


def _check_call(variant: "Variant", arguments: Mapping[str, object]) -> None:
    try:
        inspect.signature(variant.function).bind(**arguments)
    except TypeError as error:
        raise LabError(
            f"The variant {variant.name} cannot be called with "
            f"{', '.join(arguments) or 'no arguments'} ({error}); give it exactly the parameters "
            "of the cases."
        ) from error
