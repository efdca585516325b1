"""The Markdown of a page: its parser, and the paragraphs that are directives."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

from nexus.apps.library.reading.source import highlight_code

__all__ = ["CLAIM", "CODE_LINK", "LAB", "PAGE_LINK", "Directive", "directive", "links_of", "parser"]

Directive = Literal["claim", "lab", "code"]

# The link targets that have a special meaning.
CLAIM = "claim:"
LAB = "lab.py"
CODE_LINK = re.compile(r"(?P<path>[\w./-]+\.py)#(?P<anchor>[a-z0-9_]+)")
PAGE_LINK = re.compile(
    r"(?:\.\./)+(?P<kind>\w+)/(?P<name>\w+)/README\.md(?:#(?P<section>[\w-]+))?",
)


@cache
def parser() -> MarkdownIt:
    """Return a parser of CommonMark with tables; headings of levels 1 to 3 get ids."""
    markdown = MarkdownIt("commonmark", {"html": False, "highlight": _highlight}).enable("table")
    return markdown.use(anchors_plugin, max_level=3)


def links_of(tokens: Sequence[Token], position: int) -> list[tuple[str, str]]:
    """Return (text, target) of each link of a top-level paragraph that contains only links."""
    opening = tokens[position]
    if opening.type != "paragraph_open" or opening.level:
        return []
    links: list[tuple[str, str]] = []
    target = ""
    text: list[str] = []
    for child in tokens[position + 1].children or ():
        if child.type == "link_open":
            target, text = str(child.attrs.get("href", "")), []
        elif child.type == "link_close":
            links.append(("".join(text), target))
            target = ""
        elif target:
            text.append(child.content)
        elif child.type != "softbreak" and child.content.strip():
            return []
    return links


def directive(links: Sequence[tuple[str, str]]) -> Directive | None:
    """Return the kind of directive that a paragraph of these links is, or None if it is none."""
    targets = [target for _, target in links]
    if len(targets) == 1 and targets[0].startswith(CLAIM):
        return "claim"
    if targets == [LAB]:
        return "lab"
    if targets and all(CODE_LINK.fullmatch(target) for target in targets):
        return "code"
    return None


def _highlight(code: str, language: str, _attributes: str) -> str:
    return "\n".join(highlight_code(code, language=language)) if language else ""
