"""All pages of a library, read together and held against one another."""

from pathlib import Path

from nexus.apps.library.errors import Fault, LibraryError
from nexus.apps.library.reading.page import PageText, read_page

__all__ = ["KINDS", "read_library"]

# The kinds of page, in the order in which the library lists them.
KINDS = {
    "paths": "Learning paths",
    "challenges": "Challenges",
    "concepts": "Concepts",
    "best-practices": "Best practices",
    "implementations": "Implementations",
    "resources": "Resources",
}


def read_library(library: Path) -> list[PageText]:
    """Read every page under `library`, in the order of kinds and slugs.

    Raises `LibraryError` with every fault in every page.
    """
    faults: list[Fault] = []
    pages: list[PageText] = []
    for kind in KINDS:
        for file in sorted((library / kind.replace("-", "_")).glob("*/README.md")):
            try:
                pages.append(read_page(file.parent, root=library.parent))
            except LibraryError as error:
                faults.extend(error.faults)
    faults.extend(_broken_relations(pages, complete=not faults))
    if faults:
        raise LibraryError(*faults)
    return pages


def _broken_relations(pages: list[PageText], *, complete: bool) -> list[Fault]:
    """Find claims made on two pages and, when every page could be read, links to none."""
    faults: list[Fault] = []
    known = {page.key for page in pages}
    made_by: dict[str, PageText] = {}
    for page in pages:
        for claim in page.claims:
            other = made_by.setdefault(claim.id, page)
            if other is not page:
                sentence = f"claim {claim.id!r} is made in {other.path} as well; give it another id"
                faults.append(Fault(path=page.path, line=claim.line, sentence=sentence))
        relations = [
            *((key, page.front.lines.get("prerequisites", 1)) for key in page.front.prerequisites),
            *page.links,
        ]
        faults.extend(
            Fault(
                path=page.path,
                line=line,
                sentence=f"there is no page {key!r}; write it or take the link out",
            )
            for key, line in relations
            if complete and key not in known
        )
    return faults + _circles(pages)


def _circles(pages: list[PageText]) -> list[Fault]:
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
                    line=page.front.lines["prerequisites"],
                    sentence="this page is among its own prerequisites; cut the circle",
                ),
            )
    return faults
