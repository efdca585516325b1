"""The result of a run that could not begin because something it needs is missing."""

from datetime import UTC, datetime

from nexus.engines.experiment.document.run_document import Outcome, Pressure, Result, SampleTable
from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.measuring.machine import describe_machine, read_pressure
from nexus.engines.experiment.model.budgets import FormName
from nexus.engines.experiment.model.lab import Lab

__all__ = ["unavailable"]


def unavailable(lab: Lab, *, slug: str, form: FormName, seed: int, reason: str) -> Result:
    """Return a result in which every claim is unavailable.

    `reason` says what is missing and how to get it.
    """
    pressure = read_pressure()
    return Result(
        lab=slug,
        title=lab.title,
        design=lab.design,
        form=form,
        expectations=tuple(
            Outcome(
                claim=expectation.claim,
                kind="",
                verdict=Verdict.UNAVAILABLE,
                declared=expectation.declared,
                variant=expectation.variant,
                against=None,
                measure="",
                value=None,
                interval=None,
                bar=None,
                unit="",
                sentence="",
                reason=reason,
                cases=(),
            )
            for expectation in lab.expectations
        ),
        variants={},
        labels={name: variant.label for name, variant in lab.variants.items()},
        baseline=lab.baseline.name,
        cases=tuple(lab.case_list),
        control=None,
        pressure=Pressure(pressure, pressure, extended=False),
        seed=seed,
        environment=describe_machine({}),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        duration_s=0.0,
        samples=SampleTable((), []),
    )
