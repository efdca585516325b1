"""The tables of challenges in README.md and the ledger, generated from the pages' front matter.

Each is between two markers. `nexus check` reports a table that differs from the pages, and
`nexus check --fix` rewrites it.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nexus.apps.library.errors import Fault
from nexus.apps.library.reading import PageText
from nexus.apps.library.reading.front_matter import Reported

__all__ = ["table_faults", "write_tables"]

BEGIN, END = "<!-- challenges: written by nexus check --fix -->", "<!-- end of challenges -->"


def _readme(page: PageText, reported: Reported, lab: str) -> str:
    state = f"[lab]({lab})" if lab else "reported"
    cells = (reported.solution, reported.result or "none", state)
    return f"| {reported.number}. [{page.front.title}]({page.path}) | {' | '.join(cells)} |"


def _ledger(page: PageText, reported: Reported, lab: str) -> str:
    result = f": {reported.result}" if reported.result else ""
    request = f"{reported.number}. {reported.problem} → {reported.solution}{result}"
    target = f"[page](../{page.path})"
    state = f"{target}, [lab](../{lab})" if lab else f"in part: {target}, reported, without a lab"
    return f"| {request} | {', '.join(reported.sources)} | {state} |"


# The files, the headers of their tables, and the functions that format a row.
TABLES: dict[str, tuple[tuple[str, ...], Callable[[PageText, Reported, str], str]]] = {
    "README.md": (("challenge", "reported solution", "reported result", "state here"), _readme),
    "documentation/ledger.md": (("requirement", "from", "state"), _ledger),
}


def table_faults(root: Path, pages: Sequence[PageText]) -> Iterator[Fault]:
    """Find tables that differ from the pages; an installation has neither file and no faults."""
    for name, text, written in _tables(root, pages):
        if written is None:
            sentence = f"the table of challenges has no markers; put it between {BEGIN} and {END}"
            yield Fault(path=name, line=1, sentence=sentence)
        elif written != text:
            line = text[: text.index(BEGIN)].count("\n") + 1
            sentence = "the table of challenges differs from the pages; run `nexus check --fix`"
            yield Fault(path=name, line=line, sentence=sentence)


def write_tables(root: Path, pages: Sequence[PageText]) -> list[str]:
    """Write the tables that differ from the pages, and return the names of their files."""
    changed = []
    for name, text, written in _tables(root, pages):
        if written is not None and written != text:
            (root / name).write_text(written, "utf-8")
            changed.append(name)
    return changed


def _tables(root: Path, pages: Sequence[PageText]) -> Iterator[tuple[str, str, str | None]]:
    """Yield each file's name, its text, and its text with the current table."""
    challenges = [page for page in sorted(pages, key=_number) if page.front.reported]
    for name, (heads, word) in TABLES.items():
        file = root / name
        if not challenges or not file.is_file():
            continue
        text = file.read_text("utf-8")
        before, begin, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not (begin and end):
            yield name, text, None
            continue
        rows = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
        rows += [
            word(page, page.front.reported, _lab(root, page))
            for page in challenges
            if page.front.reported
        ]
        table = "\n".join(rows)
        yield name, text, f"{before}{begin}\n\n{table}\n\n{end}{after}"


def _number(page: PageText) -> int:
    return page.front.reported.number if page.front.reported else 0


def _lab(root: Path, page: PageText) -> str:
    """Return the path of the lab next to a page, or "" if there is none."""
    file = Path(page.path).with_name("lab.py")
    return file.as_posix() if (root / file).is_file() else ""
