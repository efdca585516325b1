"""Experiments on code: designs, measurements and verdicts, without Django or any database.

A lab is a `Comparison`, `Growth` or `Trials` with variants and expectations; `run` carries it out
on a `Bench` and returns a `Result`. How it measures and judges is told in
documentation/measurement.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nexus.engines.experiment.bench import Bench, NullBench
from nexus.engines.experiment.designs import Comparison, Growth, Trials
from nexus.engines.experiment.errors import (
    Cancelled,
    ExperimentError,
    LabError,
    OracleError,
    VariantError,
)
from nexus.engines.experiment.expectations import (
    AtLeast,
    Constant,
    Counted,
    Equal,
    Expectation,
    Exponent,
    Never,
    Occurs,
)
from nexus.engines.experiment.labs import Case, Lab, Needs, Plan, Variant
from nexus.engines.experiment.progress import Progress
from nexus.engines.experiment.result import Result
from nexus.engines.experiment.verdicts import Verdict

if TYPE_CHECKING:
    from nexus.engines.experiment.machine import read_pressure
    from nexus.engines.experiment.running import run
    from nexus.engines.experiment.unavailable import unavailable

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

# What measures stands on numpy, which takes 15 MB and a sixth of a second. A server that only shows
# labs never asks for these.
_MEASURING = {"read_pressure": "machine", "run": "running", "unavailable": "unavailable"}


def __getattr__(name: str) -> Any:
    if name not in _MEASURING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
