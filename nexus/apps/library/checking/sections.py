"""The sections that a page must have."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from markdown_it.token import Token

from nexus.apps.library.checking.prose import Prose
from nexus.apps.library.errors import Fault

__all__ = ["section_faults", "title_faults"]

REQUIRED = "When not to"


def section_faults(prose: Prose) -> Iterator[Fault]:
    """Find a page that does not say when not to use its subject, and empty sections."""
    titles = [passage.section for passage in prose.passages if passage.heading == "h2"]
    if not any(title.startswith(REQUIRED) for title in titles):
        sentence = f"the page has no section `## {REQUIRED}`; say when its advice does not apply"
        yield prose.fault(1, sentence)
    for heading, title in _empty(prose.tokens):
        sentence = f"the section {title!r} is empty; write it or remove the heading"
        yield prose.fault(prose.line(heading), sentence)


def title_faults(pages: Iterable[Prose]) -> Iterator[Fault]:
    """Find two pages of one kind with the same title, which a list could not tell apart."""
    first: dict[tuple[str, str], Prose] = {}
    for prose in pages:
        page = prose.page
        other = first.setdefault((page.kind, page.front.title.casefold()), prose)
        if other is not prose and page.front.title:
            sentence = f"{other.path} has this title as well; give the page another"
            yield prose.fault(page.front.line("title"), sentence)


def _empty(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Yield the headings followed by nothing or by a heading of the same or a higher level."""
    blocks = [token for token in tokens if token.level == 0 and token.nesting >= 0]
    contents = {id(token): tokens[n + 1].content for n, token in enumerate(tokens[:-1])}
    for heading, following in pairwise([*blocks, None]):
        if heading is None or heading.type != "heading_open":
            continue
        if following is None or (following.type == "heading_open" and following.tag <= heading.tag):
            yield heading, contents[id(heading)]
