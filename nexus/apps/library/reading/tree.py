"""Reads all pages of a library and checks them against each other."""

import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from nexus.apps.library.errors import Fault, LibraryError, NoLibraryError
from nexus.apps.library.reading.page import Draft, PageText, draft_page, page_key

__all__ = ["KINDS", "LibraryReader", "draft_library", "read_library", "relation_faults"]

# The kinds of page, in the order in which the library lists them.
KINDS = {
    "paths": "Learning paths",
    "challenges": "Challenges",
    "concepts": "Concepts",
    "best-practices": "Best practices",
    "implementations": "Implementations",
    "resources": "Resources",
}


CLOCK_STEP_NS = 20_000_000
"""The resolution assumed of the file system's timestamps."""

# The state of some files: path, modification time and size of each.
Stamp = tuple[tuple[str, int, int], ...]


class LibraryReader:
    """Reads a library repeatedly; a page is only read again if one of its files has changed."""

    def __init__(self, library: Path) -> None:
        self.library = library
        self._read: dict[Path, tuple[Stamp, Draft]] = {}

    def read(self) -> list[PageText]:
        """Read every page, in the order of kinds and slugs.

        Raises `LibraryError` with every fault in every page, `NoLibraryError` if the folder does
        not exist.
        """
        drafts = self.drafts()
        faults = [*(fault for draft in drafts for fault in draft.faults), *relation_faults(drafts)]
        if faults:
            raise LibraryError(*faults)
        return [draft.page for draft in drafts if draft.page]

    def drafts(self) -> list[Draft]:
        """Read every page as far as possible, in the same order.

        Raises `NoLibraryError` if the folder does not exist.
        """
        if not self.library.is_dir():
            raise NoLibraryError(f"There is no library at {self.library}; restore the folder.")
        files = [
            file
            for kind in KINDS
            for file in sorted((self.library / kind.replace("-", "_")).glob("*/README.md"))
        ]
        self._read = {file.parent: self._draft(file.parent) for file in files}
        return [draft for _, draft in self._read.values()]

    def _draft(self, folder: Path) -> tuple[Stamp, Draft]:
        cached = self._read.get(folder)
        if cached is not None and cached[0] == _stamp(cached[1]):
            return cached
        began_ns = time.time_ns()
        draft = draft_page(folder, root=self.library.parent)
        stamp = _stamp(draft)
        # A file modified this recently may have changed again since it was read without a new
        # timestamp: read it again the next time.
        settled = all(changed_ns < began_ns - CLOCK_STEP_NS for _, changed_ns, _ in stamp)
        return stamp if settled else (), draft


def _stamp(draft: Draft) -> Stamp:
    stamps = []
    for file in (draft.folder / "README.md", draft.folder / "lab.py", *draft.sources):
        try:
            status = file.stat()
        except OSError:
            stamps.append((str(file), 0, -1))
        else:
            stamps.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(stamps)


def read_library(library: Path) -> list[PageText]:
    """Read every page under `library` once, like `LibraryReader.read`."""
    return LibraryReader(library).read()


def draft_library(library: Path) -> list[Draft]:
    """Read every page under `library` once, as far as possible."""
    return LibraryReader(library).drafts()


def relation_faults(drafts: Sequence[Draft]) -> list[Fault]:
    """Find faults between pages: dead links, duplicate claims, names or numbers, and cycles."""
    pages = [draft.page for draft in drafts if draft.page]
    # A page that cannot be read exists all the same.
    keys = {page_key(draft.folder) for draft in drafts}
    return [
        *_double_claims(pages),
        *_dead_relations(pages, keys),
        *_cycles(pages),
        *_double_names(pages, keys),
        *_reported_faults(pages),
    ]


def _double_claims(pages: Sequence[PageText]) -> list[Fault]:
    faults: list[Fault] = []
    made_by: dict[str, PageText] = {}
    for page in pages:
        for claim in page.claims:
            other = made_by.setdefault(claim.id, page)
            if other is not page:
                sentence = f"claim {claim.id!r} is made in {other.path} as well; give it another id"
                faults.append(Fault(path=page.path, line=claim.line, sentence=sentence))
    return faults


def _dead_relations(pages: Sequence[PageText], keys: Collection[str]) -> list[Fault]:
    return [
        Fault(
            path=page.path,
            line=line,
            sentence=f"there is no page {key!r}; write it or remove the link",
        )
        for page in pages
        for key, line in (
            *((key, page.front.line("prerequisites")) for key in page.front.prerequisites),
            *page.links,
        )
        if key not in keys
    ]


def _cycles(pages: Sequence[PageText]) -> list[Fault]:
    """Find pages that are their own prerequisite, directly or indirectly."""
    needs = {page.key: page.front.prerequisites for page in pages}
    faults = []
    for page in pages:
        visited: set[str] = set()
        pending = list(needs[page.key])
        while pending:
            key = pending.pop()
            if key not in visited:
                visited.add(key)
                pending.extend(needs.get(key, ()))
        if page.key in visited:
            faults.append(
                Fault(
                    path=page.path,
                    line=page.front.line("prerequisites"),
                    sentence="this page is among its own prerequisites; break the cycle",
                ),
            )
    return faults


def _double_names(pages: Sequence[PageText], keys: Collection[str]) -> Iterator[Fault]:
    """Find former names that are a page's current name or are claimed by two pages."""
    former_names: dict[str, PageText] = {}
    for page in pages:
        for key in page.front.formerly:
            other = former_names.setdefault(key, page)
            line = page.front.line("formerly")
            if key in keys:
                sentence = f"there is a page {key!r} now; remove the former name"
                yield Fault(path=page.path, line=line, sentence=sentence)
            elif other is not page:
                sentence = f"{other.path} was called {key!r} as well; remove one of the two"
                yield Fault(path=page.path, line=line, sentence=sentence)


def _reported_faults(pages: Sequence[PageText]) -> Iterator[Fault]:
    """Find reports on pages that are not challenges, and duplicate numbers."""
    numbered: dict[int, PageText] = {}
    for page in pages:
        reported, line = page.front.reported, page.front.line("reported")
        if reported is None:
            continue
        if page.kind != "challenges":
            sentence = "only a challenge has `reported`; remove it, or move the page"
            yield Fault(path=page.path, line=line, sentence=sentence)
        other = numbered.setdefault(reported.number, page)
        if other is not page:
            sentence = f"{other.path} is number {reported.number} as well; give it another"
            yield Fault(path=page.path, line=line, sentence=sentence)
