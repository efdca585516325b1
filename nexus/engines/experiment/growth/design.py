"""The design of a lab of growth: one size, with values over three decades."""

import itertools
import math
from typing import TYPE_CHECKING, ClassVar

from nexus.engines.experiment.comparison.design import Comparison
from nexus.engines.experiment.growth.expectations import Exponent
from nexus.engines.experiment.model.budgets import BUDGETS
from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.lab import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.model.budgets import FormName
    from nexus.engines.experiment.model.expectation import Expectation
    from nexus.engines.experiment.model.lab import Findings, Needs

__all__ = ["Growth"]

MIN_SIZES = 5
DECADE = 10
DECADES = 1_000
"""The largest size is so many times the smallest, at least: three decades."""

MIN_LATE_SIZES = 3
"""Sizes in the last decade: with two of them a bend would look like a straight line."""


class Growth(Comparison):
    """Variants that give the same answer, and how the time of each grows with one size.

    `size` names the parameter that the variants get, `sizes` are its values. A claim about an
    exponent is about the last decade, the sizes from a tenth of the largest on.
    """

    design = "growth"
    decides: "ClassVar[tuple[type[Expectation], ...]]" = (*Comparison.decides, Exponent)

    def __init__(  # noqa: PLR0913 -- each is a keyword that an author reads by its name
        self,
        *,
        title: str,
        data: object,
        needs: "Needs",
        size: str,
        sizes: "Iterable[float]",
        units: "Mapping[str, str] | None" = None,
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
        tenth = self.sizes[-1] / DECADE
        return next(number for number, value in enumerate(self.sizes) if value >= tenth)

    def plan(self, form: "FormName" = "full") -> Plan:
        """Return what a run of this form may take."""
        limit = BUDGETS[form].limit_s
        # The budget counts passes over all sizes; only the lab's author knows how long one takes.
        return Plan(form, limit, min(limit, float(self.needs.time_s)), self.needs)

    def measure(self, session: "Session") -> "Findings":
        """Measure and judge the lab on the open bench of `session`."""
        from nexus.engines.experiment.growth.judge import findings
        from nexus.engines.experiment.growth.schedule import grow

        return findings(self, session, grow(self, session))

    def _check_design(self) -> None:
        name, sizes = self.size, self.sizes
        if len(sizes) < MIN_SIZES:
            raise LabError(
                f"The lab has {len(sizes)} values of {name}; an exponent needs at least "
                f"{MIN_SIZES} sizes, so give it more."
            )
        rising = all(size < larger for size, larger in itertools.pairwise((0, *sizes)))
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
        if len(sizes) - self.last_decade < MIN_LATE_SIZES:
            raise LabError(
                f"Fewer than {MIN_LATE_SIZES} values of {name} are at least a tenth of the "
                "largest; a bend there would not be seen, so add one."
            )
        super()._check_design()
