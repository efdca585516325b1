"""Experiments on code: designs, measurements and verdicts, without Django or any database.

A lab is a `Comparison`, `Growth` or `Trials` with variants and expectations; `run` carries it out
on a `Bench` and returns a `Result`. How it measures and judges is told in
documentation/measurement.md.
"""

from typing import TYPE_CHECKING, Any

from nexus.engines.experiment.comparison.design import Comparison, Growth, Trials
from nexus.engines.experiment.document.run_document import Result
from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.measuring.machine import read_pressure
from nexus.engines.experiment.measuring.progress import Progress
from nexus.engines.experiment.model.bench import Bench, NullBench
from nexus.engines.experiment.model.errors import (
    Cancelled,
    ExperimentError,
    LabError,
    OracleError,
    VariantError,
)
from nexus.engines.experiment.model.expectation import (
    AtLeast,
    Constant,
    Counted,
    Equal,
    Expectation,
    Exponent,
    Never,
    Occurs,
)
from nexus.engines.experiment.model.lab import Case, Lab, Needs, Plan, Variant
from nexus.engines.experiment.unavailable import unavailable

if TYPE_CHECKING:
    from nexus.engines.experiment.execution import run

__all__ = [
    "AtLeast",
    "Bench",
    "Cancelled",
    "Case",
    "Comparison",
    "Constant",
    "Counted",
    "Equal",
    "Expectation",
    "ExperimentError",
    "Exponent",
    "Growth",
    "Lab",
    "LabError",
    "Needs",
    "Never",
    "NullBench",
    "Occurs",
    "OracleError",
    "Plan",
    "Progress",
    "Result",
    "Trials",
    "Variant",
    "VariantError",
    "Verdict",
    "read_pressure",
    "run",
    "unavailable",
]


def __getattr__(name: str) -> Any:
    # What measures stands on numpy, which takes 15 MB and a sixth of a second. A server that only
    # shows labs never asks for it.
    if name != "run":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nexus.engines.experiment.execution import run

    return run
