"""Experiments on code: designs, measurements and verdicts, without Django or any database.

A lab is a `Comparison`, `Growth` or `Trials` with variants and expectations; `run` carries it out
on a `Bench` and returns a `Result`. documentation/measurement.md says how it measures and judges.

Importing this package does not import numpy, which takes 15 MB and a sixth of a second: only the
`measure` of a design does.
"""

from nexus.engines.experiment.comparison.design import Comparison
from nexus.engines.experiment.comparison.expectations import Constant, Counted
from nexus.engines.experiment.document.run_document import Case, RunDocument
from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.execution import Result, run, unavailable
from nexus.engines.experiment.growth.design import Growth
from nexus.engines.experiment.growth.expectations import Exponent
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
from nexus.engines.experiment.model.expectation import AtLeast, Equal, Expectation
from nexus.engines.experiment.model.lab import Lab, Needs, Plan
from nexus.engines.experiment.model.variant import Variant
from nexus.engines.experiment.trials.design import Trials
from nexus.engines.experiment.trials.expectations import Never, Occurs

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
    "RunDocument",
    "Trials",
    "Variant",
    "VariantError",
    "Verdict",
    "read_pressure",
    "run",
    "unavailable",
]
