"""Collects the faults of a whole library, or of some of its folders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from nexus.apps.library.checking.challenge_tables import table_faults
from nexus.apps.library.checking.figures import figure_faults
from nexus.apps.library.checking.folders import folder_faults
from nexus.apps.library.checking.ledger import LEDGER, ledger_faults
from nexus.apps.library.checking.links import link_faults
from nexus.apps.library.checking.prose import Prose, prose_of
from nexus.apps.library.checking.sections import section_faults, title_faults
from nexus.apps.library.checking.snippet_runs import run_snippet
from nexus.apps.library.checking.snippet_types import type_faults
from nexus.apps.library.checking.snippets import compile_fault, marking_faults, snippets_of
from nexus.apps.library.errors import CheckingError, Fault
from nexus.apps.library.reading import PageText, draft_library, relation_faults

__all__ = ["Report", "Scope", "check_library"]


@dataclass(frozen=True)
class Scope:
    """The files whose faults are reported, as paths below the repository; empty for all."""

    paths: tuple[str, ...] = ()

    @classmethod
    def of(cls, paths: Iterable[Path], *, library: Path) -> "Scope":
        """Return the scope of files or folders of a library; a page's file means its folder.

        Raises `CheckingError` for a path that does not exist or is not in the library.
        """
        root = library.parent.resolve()
        relative_paths = []
        for path in paths:
            file = path.expanduser().resolve()
            if not file.exists():
                remedy = "name a folder of the library."
                # Slugs have hyphens, the folders of packages underscores.
                if (other := path.with_name(path.name.replace("-", "_"))).exists():
                    remedy = f"did you mean {other}?"
                raise CheckingError(f"There is no {path}; {remedy}")
            ours = file.is_relative_to(library.resolve()) or file == root / LEDGER
            if not ours:
                raise CheckingError(f"{path} is not in the library {library}; name one that is.")
            folder = file if file.is_dir() or file == root / LEDGER else file.parent
            relative_paths.append(folder.relative_to(root).as_posix())
        return cls(tuple(relative_paths))

    def holds(self, path: str) -> bool:
        """Return whether the faults of a file are reported."""
        return not self.paths or any(
            path == folder or path.startswith(f"{folder}/") for folder in self.paths
        )


@dataclass(frozen=True)
class Report:
    """The pages that could be read, and all faults, sorted by file and line."""

    pages: tuple[PageText, ...]
    faults: tuple[Fault, ...]


def check_library(library: Path, *, scope: Scope, cache: Path) -> Report:
    """Check the pages in `scope`; `cache` is mypy's cache folder.

    All pages are read, since they refer to each other; code is only run for those in scope. Raises
    `NoLibraryError` if the folder does not exist, `CheckingError` if mypy fails.
    """
    drafts = draft_library(library)
    all_pages = [prose for draft in drafts if (prose := prose_of(draft))]
    pages_in_scope = [prose for prose in all_pages if scope.holds(prose.path)]
    faults = [
        *(fault for draft in drafts for fault in draft.faults),
        *relation_faults(drafts),
        *folder_faults(library),
        *title_faults(all_pages),
        *_faults_of(pages_in_scope, all_pages),
        *_code_faults(pages_in_scope, cache),
        *ledger_faults(library.parent),
        *table_faults(library.parent, [draft.page for draft in drafts if draft.page]),
    ]
    return Report(
        pages=tuple(draft.page for draft in drafts if draft.page),
        faults=tuple(sorted(fault for fault in set(faults) if scope.holds(fault.path))),
    )


def _faults_of(pages: Sequence[Prose], all_pages: Sequence[Prose]) -> list[Fault]:
    ids = {prose.key: prose.ids for prose in all_pages}
    return [
        fault
        for prose in pages
        for fault in (
            *section_faults(prose),
            *link_faults(prose, ids),
            *figure_faults(prose),
            *marking_faults(prose),
        )
    ]


def _code_faults(pages: Sequence[Prose], cache: Path) -> list[Fault]:
    """Compile every snippet, check types if mypy is installed, and run what is marked to be run."""
    snippets = [snippet for prose in pages for snippet in snippets_of(prose)]
    failed = {snippet: fault for snippet in snippets if (fault := compile_fault(snippet))}
    valid = [snippet for snippet in snippets if snippet not in failed]
    types = type_faults(valid, cache=cache) if valid and find_spec("mypy") else []
    runs = [run_snippet(snippet) for snippet in valid if snippet.runs]
    return [*failed.values(), *types, *(fault for fault in runs if fault)]
