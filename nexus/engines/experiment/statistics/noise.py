"""The control, the baseline compared with itself: the noise floor, and when it voids a run.

Two measurements of the same code differ by noise alone. How far their ratio may be from one is the
noise floor of the run. If the interval excludes one, something other than the code decides, so no
timing of that run counts, whatever its own interval says.
"""

import math
from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import Control
from nexus.engines.experiment.report import wording

if TYPE_CHECKING:
    from nexus.engines.experiment.statistics.series import Estimate

__all__ = ["control_of", "is_void", "noise_floor", "why_void"]

VOID = (
    "The control, the baseline compared with itself, differs ({}): something other than the code "
    "decides here, so no timing of this run counts. Run it again."
)


def noise_floor(control: "Estimate") -> float | None:
    """Return the widest share by which the interval departs from a ratio of one.

    None if nothing was timed, or too little for an interval.
    """
    if not control.pairs or not control.bounded:
        return None
    return math.exp(max(abs(end) for end in control.interval)) - 1


def is_void(control: "Estimate", *exponents: "Estimate") -> bool:
    """Return whether no timing of the run counts, because the control shows a difference.

    `exponents` are those of the control's ratio over the sizes, in a lab of growth.
    """
    return any(estimate.differs for estimate in (control, *exponents))


def why_void(control: "Estimate", measure: str, *exponents: "Estimate") -> str:
    """Return why no timing of the run counts, or an empty string if it is not void."""
    if not is_void(control, *exponents):
        return ""
    for exponent in exponents:
        if is_void(exponent):
            return VOID.format(f"exponents apart by {wording.exponents(exponent.interval)}")
    return VOID.format(wording.ends(control.interval, measure))


def control_of(control: "Estimate", *exponents: "Estimate") -> Control | None:
    """Return the control for the document, or None if nothing was timed."""
    if not control.pairs:
        return None
    low, high = control.interval
    return Control(
        value=math.exp(control.value),
        interval=(math.exp(low), math.exp(high)) if control.bounded else None,
        pairs=control.pairs,
        void=is_void(control, *exponents),
    )
