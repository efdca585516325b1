"""The evidence of a run: how it came to its verdict, from what, and where."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from nexus.engines.experiment.report import evidence, table
from nexus.web.pages import source_files

if TYPE_CHECKING:
    from nexus.apps.labs.registry import RegisteredLab
    from nexus.apps.labs.running.data_sets import DataSet
    from nexus.engines.experiment.document.run_document import RunDocument
    from nexus.engines.experiment.report.table import Table
    from nexus.web.pages.page_data import RunView

__all__ = ["RunEvidence"]


@dataclass(frozen=True)
class RunEvidence:
    """The evidence of a run that ended with a verdict.

    `registered` is its lab as it is now, None where this installation no longer has it.
    """

    run: "RunView"
    document: "RunDocument"
    registered: "RegisteredLab | None"

    @property
    def measured(self) -> bool:
        """Whether anything was measured."""
        return bool(self.document.variants)

    @property
    def expectations(self) -> "Table":
        """Every expectation in every case."""
        return table.expectations_table(self.document)

    @property
    def counts(self) -> "Table | None":
        """Every measure that is no time: exact counts, events, throughput; None without any."""
        return table.counts_table(self.document)

    @property
    def oracle(self) -> str:
        """What was checked of the answers."""
        return evidence.answers(self.document)

    @property
    def control(self) -> str:
        """What the comparison of the baseline with itself showed."""
        return evidence.control(self.document)

    @property
    def pressure(self) -> str:
        """How busy the machine was with other work."""
        return evidence.other_work(self.document)

    @property
    def environment(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The environment by its parts."""
        return evidence.environment_groups(self.document.environment)

    @property
    def data_set(self) -> str:
        """The name of the lab's data, as the lab asks for it now."""
        return cast("DataSet", self.registered.lab.data).key if self.registered else ""

    @property
    def code_path(self) -> str:
        """The lab's file, empty where there is none."""
        return self.registered.path if self.registered else ""

    @property
    def code_url(self) -> str:
        """Where the lab's file is shown."""
        return source_files.source_url(self.code_path)
