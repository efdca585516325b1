"""The source of a page's body: passages, headings and fences, with their lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it.token import Token

from nexus.apps.library.errors import Fault
from nexus.apps.library.reading import Draft, PageText
from nexus.apps.library.reading.markdown import Directive, directive, links_of, parser

__all__ = ["Passage", "Prose", "prose_of"]


@dataclass
class Passage:
    """Text that is read as a unit: a paragraph, a list item, a heading or a whole table.

    `lead` is the paragraph that introduces its list or table. `section` is the title of the
    second-level heading above.
    """

    section: str
    lead: str = ""
    directive: Directive | None = None
    heading: str = ""
    inlines: list[Token] = field(default_factory=list)


@dataclass(frozen=True)
class Prose:
    """A page to be checked."""

    folder: Path
    page: PageText
    before: int
    tokens: tuple[Token, ...]
    passages: tuple[Passage, ...]

    @property
    def path(self) -> str:
        """The path of the file, relative to the repository's root."""
        return self.page.path

    @property
    def key(self) -> str:
        """The page's unique name, `kind/slug`."""
        return self.page.key

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the page's headings, which links can point to."""
        return frozenset(
            str(token.attrs["id"])
            for token in self.tokens
            if token.type == "heading_open" and "id" in token.attrs
        )

    def line(self, token: Token) -> int:
        """Return the line in the file where a token begins."""
        return self.before + (token.map[0] if token.map else 0) + 1

    def fault(self, line: int, sentence: str) -> Fault:
        """Return a fault of this page."""
        return Fault(path=self.path, line=line, sentence=sentence)


def prose_of(draft: Draft) -> Prose | None:
    """Return the page to be checked, or None if its file could not be read."""
    if draft.manuscript is None or draft.page is None:
        return None
    tokens = parser().parse(draft.manuscript.body)
    return Prose(
        folder=draft.folder,
        page=draft.page,
        before=draft.manuscript.before,
        tokens=tuple(tokens),
        passages=tuple(_passages(tokens)),
    )


def _passages(tokens: Sequence[Token]) -> Iterator[Passage]:
    section = lead = last = ""
    table: Passage | None = None
    for position, token in enumerate(tokens):
        if token.level == 0 and token.type.endswith(("list_open", "table_open")):
            lead = last
        elif token.level == 0 and token.type.endswith("_open"):
            lead = ""
        if token.type == "table_open":
            table = Passage(section=section, lead=lead)
        elif token.type == "table_close" and table:
            yield table
            table = None
        elif token.type == "inline" and table:
            table.inlines.append(token)
        elif token.type == "inline":
            opening = tokens[position - 1]
            heading = opening.tag if opening.type == "heading_open" else ""
            section = token.content if heading == "h2" else section
            last = token.content
            yield Passage(
                section=section,
                lead=lead,
                directive=directive(links_of(tokens, position - 1)),
                heading=heading,
                inlines=[token],
            )
