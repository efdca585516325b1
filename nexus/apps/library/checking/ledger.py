"""The ledger, which says of all that was asked for where it stands: each row has its target."""

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
    """Find rows that name no target and are not open, and links of the ledger that are dead.

    An installation without the documentation has no ledger and no faults in it.
    """
    file = root / LEDGER
    if not file.is_file():
        return []
    tokens = parser().parse(file.read_text("utf-8"))
    found = [*_rows_without_target(tokens), *_dead_links(tokens, file, root.resolve())]
    return [Fault(path=LEDGER, line=line, sentence=sentence) for line, sentence in found]


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
                yield line, "the row has no target; link to what stands for it, or write open"


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
    """Say what is wrong with a link to a file, or nothing."""
    path, _, section = target.partition("#")
    there = (file.parent / path).resolve() if path else file.resolve()
    if not there.is_relative_to(root):
        return f"{target} lies outside the repository; link to something inside it"
    if not there.exists():
        return f"there is no {target}; correct the link, or write open until it stands"
    if section and there.suffix == ".md" and section not in _sections(there):
        return f"{path or LEDGER} has no section #{section}; correct the link"
    if section and there.suffix == ".py":
        try:
            read_anchor(there, section)
        except SourceError as error:
            return str(error)
    return ""


def _sections(file: Path) -> set[str]:
    tokens = parser().parse(file.read_text("utf-8"))
    return {str(token.attrs.get("id", "")) for token in tokens if token.type == "heading_open"}
