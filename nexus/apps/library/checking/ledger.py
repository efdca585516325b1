"""The ledger, which lists every request and its state: each row must link to its target."""

from collections.abc import Iterator
from pathlib import Path

from markdown_it.token import Token

from nexus.apps.library.errors import Fault
from nexus.apps.library.reading.markdown import parser
from nexus.apps.library.reading.source import SourceError, read_anchor

__all__ = ["LEDGER", "ledger_faults"]

LEDGER = "documentation/ledger.md"
OPEN = "open"


def ledger_faults(root: Path) -> list[Fault]:
    """Find rows that have no target and are not open, and dead links of the ledger.

    An installation without the documentation has no ledger and no faults in it.
    """
    file = root / LEDGER
    if not file.is_file():
        return []
    tokens = parser().parse(file.read_text("utf-8"))
    faults = [*_rows_without_target(tokens), *_dead_links(tokens, file, root.resolve())]
    return [Fault(path=LEDGER, line=line, sentence=sentence) for line, sentence in faults]


def _rows_without_target(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    inside, cell = False, None
    for token in tokens:
        if token.type in {"tbody_open", "tbody_close"}:
            inside = token.type == "tbody_open"
        elif inside and token.type == "inline":
            cell = token
        elif inside and token.type == "tr_close" and cell is not None:
            linked = any(child.type == "link_open" for child in cell.children or ())
            if not linked and cell.content.strip().lower() != OPEN:
                line = cell.map[0] + 1 if cell.map else 1
                yield line, "the row has no target; link to what answers it, or write open"


def _dead_links(tokens: list[Token], file: Path, root: Path) -> Iterator[tuple[int, str]]:
    for token in tokens:
        for child in token.children or ():
            if child.type != "link_open":
                continue
            target = str(child.attrs.get("href", ""))
            sentence = "" if "://" in target else _sentence(target, file, root)
            if sentence:
                yield (token.map[0] + 1 if token.map else 1), sentence


def _sentence(target: str, file: Path, root: Path) -> str:
    """Return what is wrong with a link to a file, or "" if nothing is."""
    path, _, section = target.partition("#")
    destination = (file.parent / path).resolve() if path else file.resolve()
    if not destination.is_relative_to(root):
        return f"{target} is outside the repository; link to something inside it"
    if not destination.exists():
        return f"there is no {target}; correct the link, or write open until it exists"
    if section and destination.suffix == ".md" and section not in _sections(destination):
        return f"{path or LEDGER} has no section #{section}; correct the link"
    if section and destination.suffix == ".py":
        try:
            read_anchor(destination, section)
        except SourceError as error:
            return str(error)
    return ""


def _sections(file: Path) -> set[str]:
    tokens = parser().parse(file.read_text("utf-8"))
    return {str(token.attrs.get("id", "")) for token in tokens if token.type == "heading_open"}
