"""Code for pages, taken from source files between named anchors.

An anchor is a pair of comments, `# anchor: NAME` and `# end: NAME`, each on a line of its own.
"""

import re
import textwrap
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from pygments import highlight
from pygments.formatter import Formatter
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

__all__ = ["Pane", "SourceError", "highlight_code", "panes", "read_anchor"]

FORMATTER: Formatter[str] = HtmlFormatter(nowrap=True)

MARK = re.compile(r"^\s*#\s*(anchor|end):\s*([a-z0-9_]+)\s*$")


class SourceError(Exception):
    """Code cannot be included; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Pane:
    """A piece of code as shown on a page; `html` has one `<span class="line">` per line."""

    caption: str
    path: str
    anchor: str
    html: str


def read_anchor(file: Path, name: str) -> str:
    """Return the dedented code between the two comments of anchor `name`, without any markers.

    Raises `SourceError` if the file or the anchor is missing, or the anchor is not closed or empty.
    """
    if not file.is_file():
        raise SourceError(f"there is no file {file.name!r}; check the path of the link")
    lines: list[str] = []
    names: list[str] = []
    state = "before"
    for line in file.read_text("utf-8").splitlines():
        mark = MARK.match(line)
        if mark and mark[1] == "anchor":
            names.append(mark[2])
        if mark and mark[2] == name:
            state = {"anchor": "inside", "end": "after"}[mark[1]]
        elif state == "inside" and not mark:
            lines.append(line)
    if state == "before":
        existing = ", ".join(names) or "none"
        raise SourceError(
            f"{file.name} has no anchor {name!r} (it has: {existing}); "
            f"put `# anchor: {name}` and `# end: {name}` around the code",
        )
    if state == "inside":
        raise SourceError(f"anchor {name!r} in {file.name} is not closed; add `# end: {name}`")
    code = textwrap.dedent("\n".join(lines)).strip("\n")
    if not code.strip():
        raise SourceError(
            f"anchor {name!r} in {file.name} is empty; put the code between its markers"
        )
    return code


@lru_cache(maxsize=4_096)
def highlight_code(code: str, *, language: str = "", filename: str = "") -> tuple[str, ...]:
    """Return HTML line by line, with Pygments' short classes; unknown languages stay plain."""
    lexer = _lexer(language, Path(filename).suffix)
    if lexer is None:
        return tuple(escape(line) for line in code.splitlines())
    return tuple(highlight(code, lexer, FORMATTER).rstrip("\n").split("\n"))


@cache
def _lexer(language: str, suffix: str) -> Lexer | None:
    try:
        return get_lexer_for_filename(f"code{suffix}") if suffix else get_lexer_by_name(language)
    except ClassNotFound:
        return None


def panes(snippets: list[tuple[str, str, str, str]]) -> list[Pane]:
    """Return the panes of one figure from (caption, path, anchor, code), in that order.

    If there are two snippets, the lines that differ are marked.
    """
    codes = [code.splitlines() for _, _, _, code in snippets]
    differing: list[set[int]] = [set() for _ in codes]
    if len(codes) == 2:  # noqa: PLR2004 -- naive and fix; only a pair can be compared
        matcher = SequenceMatcher(a=codes[0], b=codes[1], autojunk=False)
        for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
            if tag != "equal":
                differing[0].update(range(a_from, a_to))
                differing[1].update(range(b_from, b_to))
    return [
        Pane(
            caption=caption,
            path=path,
            anchor=anchor,
            html="".join(
                f'<span class="line{" differs" if number in changed else ""}">{line}\n</span>'
                for number, line in enumerate(highlight_code(code, filename=path))
            ),
        )
        for (caption, path, anchor, code), changed in zip(snippets, differing, strict=True)
    ]
