"""All pages of a library, read together and held against one another."""

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

# What tells one state of some files from another: path, time and size of each.
Stamp = tuple[tuple[str, int, int], ...]


class LibraryReader:
    """Reads a library again and again; a page only when one of the files it is made of changed."""

    def __init__(self, library: Path) -> None:
        self.library = library
        self._read: dict[Path, tuple[Stamp, Draft]] = {}

    def read(self) -> list[PageText]:
        """Read every page, in the order of kinds and slugs.

        Raises `LibraryError` with every fault in every page, `NoLibraryError` when there is no
        such folder.
        """
        drafts = self.drafts()
        faults = [*(fault for draft in drafts for fault in draft.faults), *relation_faults(drafts)]
        if faults:
            raise LibraryError(*faults)
        return [draft.page for draft in drafts if draft.page]

    def drafts(self) -> list[Draft]:
        """Read every page as far as it can be read, in the same order.

        Raises `NoLibraryError` when there is no such folder.
        """
        if not self.library.is_dir():
            raise NoLibraryError(f"There is no library at {self.library}; put the folder back.")
        files = [
            file
            for kind in KINDS
            for file in sorted((self.library / kind.replace("-", "_")).glob("*/README.md"))
        ]
        self._read = {file.parent: self._draft(file.parent) for file in files}
        return [draft for _, draft in self._read.values()]

    def _draft(self, folder: Path) -> tuple[Stamp, Draft]:
        known = self._read.get(folder)
        if known is not None and known[0] == _stamp(known[1]):
            return known
        began_ns = time.time_ns()
        draft = draft_page(folder, root=self.library.parent)
        stamp = _stamp(draft)
        # A file as young as this may have changed again since it was read, within the clock's
        # step: it is read once more the next time.
        settled = all(changed_ns < began_ns - CLOCK_STEP_NS for _, changed_ns, _ in stamp)
        return stamp if settled else (), draft


def _stamp(draft: Draft) -> Stamp:
    stamps = []
    for file in (draft.folder / "README.md", draft.folder / "lab.py", *draft.sources):
        try:
            found = file.stat()
        except OSError:
            stamps.append((str(file), 0, -1))
        else:
            stamps.append((str(file), found.st_mtime_ns, found.st_size))
    return tuple(stamps)


def read_library(library: Path) -> list[PageText]:
    """Read every page under `library` once; as `LibraryReader.read`."""
    return LibraryReader(library).read()


def draft_library(library: Path) -> list[Draft]:
    """Read every page under `library` once, as far as it can be read."""
    return LibraryReader(library).drafts()


def relation_faults(drafts: Sequence[Draft]) -> list[Fault]:
    """Find links to no page, claims made on two pages, and circles of prerequisites."""
    pages = [draft.page for draft in drafts if draft.page]
    # A page that cannot be read is there all the same.
    known = {page_key(draft.folder) for draft in drafts}
    return [
        *_double_claims(pages),
        *_dead_relations(pages, known),
        *_circles(pages),
        *_double_names(pages, known),
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


def _dead_relations(pages: Sequence[PageText], known: Collection[str]) -> list[Fault]:
    return [
        Fault(
            path=page.path,
            line=line,
            sentence=f"there is no page {key!r}; write it or take the link out",
        )
        for page in pages
        for key, line in (
            *((key, page.front.line("prerequisites")) for key in page.front.prerequisites),
            *page.links,
        )
        if key not in known
    ]


def _circles(pages: Sequence[PageText]) -> list[Fault]:
    """Find pages that are, over some steps, their own prerequisite."""
    needs = {page.key: page.front.prerequisites for page in pages}
    faults = []
    for page in pages:
        seen: set[str] = set()
        waiting = list(needs[page.key])
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                waiting.extend(needs.get(key, ()))
        if page.key in seen:
            faults.append(
                Fault(
                    path=page.path,
                    line=page.front.line("prerequisites"),
                    sentence="this page is among its own prerequisites; cut the circle",
                ),
            )
    return faults


def _double_names(pages: Sequence[PageText], known: Collection[str]) -> Iterator[Fault]:
    """Find former names that a page has now, or that two pages say they had."""
    had_by: dict[str, PageText] = {}
    for page in pages:
        for key in page.front.formerly:
            other = had_by.setdefault(key, page)
            line = page.front.line("formerly")
            if key in known:
                sentence = f"there is a page {key!r} now; take the former name out"
                yield Fault(path=page.path, line=line, sentence=sentence)
            elif other is not page:
                sentence = f"{other.path} was called {key!r} as well; take one of the two out"
                yield Fault(path=page.path, line=line, sentence=sentence)


def _reported_faults(pages: Sequence[PageText]) -> Iterator[Fault]:
    """Find reports on pages that are no challenges, and two of one number."""
    numbered: dict[int, PageText] = {}
    for page in pages:
        reported, line = page.front.reported, page.front.line("reported")
        if reported is None:
            continue
        if page.kind != "challenges":
            sentence = "only a challenge has `reported`; take it out, or move the page"
            yield Fault(path=page.path, line=line, sentence=sentence)
        other = numbered.setdefault(reported.number, page)
        if other is not page:
            sentence = f"{other.path} is number {reported.number} as well; give it another"
            yield Fault(path=page.path, line=line, sentence=sentence)
