"""Expectations of exact counts, which a comparison decides."""

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.expectation import MEASURED, Expectation

if TYPE_CHECKING:
    from collections.abc import Callable

    from nexus.engines.experiment.document.run_document import Case
    from nexus.engines.experiment.model.lab import Lab

__all__ = ["Constant", "Counted"]


@dataclass(frozen=True)
class Counted(Expectation):
    """The variant counts exactly what `predicted` says, in every case.

    `predicted` is a number or a function of the case's parameters.
    """

    designs = "Comparison or Growth"

    measure: str
    predicted: "int | Callable[..., int]"

    def check(self, lab: "Lab") -> None:
        """Raise `LabError` where the expectation does not fit the lab."""
        self.check_names(lab)
        _check_count(self.claim, self.measure)
        if callable(self.predicted):
            try:
                inspect.signature(self.predicted).bind(**lab.case_list[0])
            except TypeError as error:
                raise LabError(
                    f"{self.claim} predicts from other parameters than the cases have ({error}); "
                    f"give the function {', '.join(lab.case_list[0]) or 'no parameters'}."
                ) from error

    def prediction(self, case: "Case") -> int:
        """Return the count predicted for `case`."""
        return self.predicted(**case) if callable(self.predicted) else self.predicted


@dataclass(frozen=True)
class Constant(Expectation):
    """The variant counts the same in every case."""

    designs = "Comparison or Growth"

    measure: str

    def check(self, lab: "Lab") -> None:
        """Raise `LabError` where the expectation does not fit the lab."""
        self.check_names(lab)
        _check_count(self.claim, self.measure)
        if len(lab.case_list) < 2:  # noqa: PLR2004 -- two cases make a constant
            raise LabError(
                f"{self.claim} says that a count stays the same, but the lab has one case; give "
                "it cases=… with at least two."
            )


def _check_count(claim: str, measure: str) -> None:
    if measure in MEASURED or not measure:
        raise LabError(
            f'{claim} needs an exact count, and "{measure}" is none; name a count such as '
            "queries, or use AtLeast or Equal."
        )
