"""The design of trials: workers that race, and a function that counts what they left behind."""

import inspect
from typing import TYPE_CHECKING, Any, ClassVar

from nexus.engines.experiment.model.budgets import BUDGETS
from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.expectation import AtLeast, Equal, RatioExpectation
from nexus.engines.experiment.model.lab import Lab, Plan
from nexus.engines.experiment.trials.expectations import Never, Occurs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from nexus.engines.experiment.document.run_document import Case
    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.model.budgets import FormName
    from nexus.engines.experiment.model.expectation import Expectation
    from nexus.engines.experiment.model.lab import F, Findings, Needs

__all__ = ["Trials"]


class Trials(Lab):
    """Variants that many workers run at once, judged by what they leave behind.

    Each trial gets a subject of its own from `prepare`. Then `workers` threads, each with its own
    connection, call the variant again and again until it returns False or `trial_limit_s` is
    over; after that `inspect` counts what really happened. What all trials share, such as servers
    that live as long as the run, comes from `around`.
    """

    design = "trials"
    decides: "ClassVar[tuple[type[Expectation], ...]]" = (Never, Occurs, AtLeast, Equal)

    def __init__(  # noqa: PLR0913 -- each is a keyword that an author reads by its name
        self,
        *,
        title: str,
        data: object,
        needs: "Needs",
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

    def around(self, function: "F") -> "F":
        """Let this function return a context manager that is open during all trials.

        It is opened before the first trial and closed after the last, also when the run is
        cancelled or fails. `prepare` gets what it yields.
        """
        self.surround = function
        return function

    def prepare(self, function: "F") -> "F":
        """Let this function make the subject of each trial: rows of its own.

        It has no parameter, or one where there is `around`.
        """
        self.prepare_subject = function
        return function

    def inspect(self, function: "F") -> "F":
        """Let this function count, from the final state, what happened in a trial."""
        self.inspect_subject = function
        return function

    @property
    def case_list(self) -> list["Case"]:
        """One empty case: trials have no parameters."""
        return [{}]

    def plan(self, form: "FormName" = "full") -> Plan:
        """Return what a run of this form may take."""
        limit = BUDGETS[form].limit_s
        return Plan(form, limit, min(limit, float(self.needs.time_s)), self.needs)

    def measure(self, session: "Session") -> "Findings":
        """Run and judge the trials on the open bench of `session`."""
        from nexus.engines.experiment.trials.judge import findings
        from nexus.engines.experiment.trials.schedule import run_trials

        return findings(self, session, run_trials(self, session))

    def _check_expectation(self, expectation: "Expectation") -> None:
        if isinstance(expectation, RatioExpectation) and expectation.measure != "throughput":
            raise LabError(
                f'{expectation.claim} asks trials for "{expectation.measure}"; trials measure '
                'measure="throughput", and events with Never and Occurs.'
            )

    def _check_design(self) -> None:
        if self.workers < 2:  # noqa: PLR2004 -- one worker cannot race
            raise LabError("One worker alone provokes no race; give the lab at least two workers.")
        if self.trial_limit_s <= 0:
            raise LabError("A trial needs time; give the lab a positive trial_limit_s.")
        if self.prepare_subject is None:
            raise LabError("Nothing makes a trial's subject; write it and mark it @lab.prepare.")
        if self.inspect_subject is None:
            raise LabError(
                "Nothing counts what a trial left behind; write it and mark it @lab.inspect."
            )
        arguments = () if self.surround is None else (None,)
        try:
            inspect.signature(self.prepare_subject).bind(*arguments)
        except TypeError as error:
            parameters = "exactly one parameter, for what @lab.around yields"
            raise LabError(
                f"prepare has other parameters than it is given ({error}); give it "
                f"{parameters if arguments else 'none'}."
            ) from error
        for variant in self.variants.values():
            try:
                inspect.signature(variant.function).bind(None)
            except TypeError as error:
                raise LabError(
                    f"The variant {variant.name} cannot be called with the subject alone "
                    f"({error}); give it exactly one parameter."
                ) from error
