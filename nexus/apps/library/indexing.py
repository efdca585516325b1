"""What search sees of a page: its sections as plain words, prose apart from code."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

__all__ = ["SectionText", "split_sections", "words_in"]

WORD = re.compile(r"[^\W_]{2,40}")
# Tags whose content is code; inline `code` counts as prose too, since people search for it.
CODE_TAGS = {"pre", "code"}
# Tags after which a word has ended.
BLOCK_TAGS = {"p", "li", "h2", "h3", "td", "th", "pre", "div", "br", "blockquote"}


@dataclass
class SectionText:
    """One section: the id and title of its heading, both empty for what stands before the first."""

    anchor: str = ""
    title: str = ""
    prose: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)


def split_sections(
    blocks: Iterable[Mapping[str, Any]],
    claims: Mapping[str, str],
) -> list[SectionText]:
    """Give the sections of a page's blocks; `claims` maps claim ids to sentences."""
    splitter = _Splitter()
    for block in blocks:
        section = splitter.sections[-1]
        if block["kind"] == "html":
            splitter.feed(block["html"])
        elif block["kind"] == "claim":
            section.prose.append(f" {claims.get(block['id'], '')} ")
        elif block["kind"] == "code":
            for pane in block["panes"]:
                section.prose.append(f" {pane['caption']}. ")
                section.code.append(unescape(re.sub(r"<[^>]+>", "", pane["html"])))
    return splitter.sections


def words_in(text: str) -> set[str]:
    """Give the words of a text in lower case; a name with underscores gives its parts."""
    return {word.lower() for word in WORD.findall(text)}


class _Splitter(HTMLParser):
    """Collects text, beginning a section at each second-level heading."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sections = [SectionText()]
        self.heading = False
        self.code_depth = 0
        self.pre_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "h2":
            self.sections.append(SectionText(anchor=dict(attrs).get("id") or ""))
            self.heading = True
        self.code_depth += tag in CODE_TAGS
        self.pre_depth += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self.heading = self.heading and tag != "h2"
        self.code_depth -= tag in CODE_TAGS
        self.pre_depth -= tag == "pre"
        if tag in BLOCK_TAGS and not self.heading:
            self.sections[-1].prose.append("\n")

    def handle_data(self, data: str) -> None:
        section = self.sections[-1]
        if self.heading:
            section.title += data
            return
        if self.code_depth:
            section.code.append(data)
        if not self.pre_depth:
            section.prose.append(data)
