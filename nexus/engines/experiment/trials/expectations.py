"""Expectations of events, which trials decide."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.expectation import Expectation

if TYPE_CHECKING:
    from nexus.engines.experiment.model.lab import Lab

__all__ = ["Never", "Occurs"]


@dataclass(frozen=True)
class Never(Expectation):
    """The event never happens to the variant, though it does happen to a naive one.

    `against` is that naive variant, the baseline when None.
    """

    designs = "Trials"

    event: str
    against: str | None = field(default=None, kw_only=True)

    def opponent(self, lab: "Lab") -> str:
        """Return the name of the variant to which the event must happen."""
        return self.against or lab.baseline.name

    def check(self, lab: "Lab") -> None:
        """Raise `LabError` where the expectation does not fit the lab."""
        self.check_names(lab, *([self.against] if self.against else []))
        if self.opponent(lab) == self.variant:
            raise LabError(
                f"{self.claim} compares {self.variant} with itself; name the variant to which the "
                "event does happen with against=…."
            )


@dataclass(frozen=True)
class Occurs(Expectation):
    """The event happens to the variant at least once."""

    designs = "Trials"

    event: str

    def check(self, lab: "Lab") -> None:
        """Raise `LabError` where the expectation does not fit the lab."""
        self.check_names(lab)
