"""The evidence of a run: how it reached its verdict, from which data, on which machine."""

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
    """The evidence of a run with a verdict.

    `registered` is its lab as it is now, None if this installation no longer has it.
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
        """Every measure other than times: counts, events, throughput; None if there is none."""
        return table.counts_table(self.document)

    @property
    def oracle(self) -> str:
        """How the answers were checked."""
        return evidence.answers(self.document)

    @property
    def control(self) -> str:
        """The result of comparing the baseline with itself."""
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
        """The name of the lab's current data set."""
        return cast("DataSet", self.registered.lab.data).key if self.registered else ""

    @property
    def code_path(self) -> str:
        """The path of the lab's file, empty if there is none."""
        return self.registered.path if self.registered else ""

    @property
    def code_url(self) -> str:
        """The URL that shows the lab's file."""
        return source_files.source_url(self.code_path)
