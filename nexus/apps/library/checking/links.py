"""Dead links, in the pages as Nexus shows them."""

from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

from markdown_it.token import Token

from nexus.apps.library.checking.prose import Prose
from nexus.apps.library.errors import Fault
from nexus.apps.library.reading.markdown import CLAIM, PAGE_LINK

__all__ = ["link_faults"]


def link_faults(prose: Prose, ids: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """Find dead links that the loader accepts; `ids` are the heading ids of every page."""
    for passage in prose.passages:
        for inline in passage.inlines:
            children = inline.children or []
            for position, child in enumerate(children):
                line = prose.line(inline) + _breaks(children[:position])
                for sentence in _sentences(child, children[position + 1 :], prose, ids):
                    yield prose.fault(line, sentence)
                if child.type == "link_open" and not passage.directive:
                    yield from _misplaced(child, line, prose)


def _breaks(children: list[Token]) -> int:
    return sum(child.type in {"softbreak", "hardbreak"} for child in children)


def _sentences(
    child: Token,
    following: list[Token],
    prose: Prose,
    ids: Mapping[str, Collection[str]],
) -> Iterator[str]:
    if child.type == "image":
        source = str(child.attrs.get("src", ""))
        yield f"the picture {source!r} is not shown; describe it in words, or link to it"
    if child.type != "link_open":
        return
    target = str(child.attrs.get("href", ""))
    if not target:
        yield "the link has no target; write the address into its parentheses"
    if following and following[0].type == "link_close":
        yield f"the link to {target!r} has no text; write it into its brackets"
    page = PAGE_LINK.fullmatch(target)
    key, section = prose.key, target[1:] if target.startswith("#") else ""
    if page:
        key = f"{page['kind']}/{page['name']}".replace("_", "-")
        section = page["section"] or ""
    # A link to a page that does not exist is reported by the loader.
    if section and key in ids and section not in ids[key]:
        existing = ", ".join(sorted(ids[key])) or "none"
        yield f"{key} has no section #{section} (it has: {existing}); link to one of them"
    if target.startswith(("http://", "https://")) and not urlsplit(target).hostname:
        yield f"the link {target!r} has no host; write the full address"


def _misplaced(child: Token, line: int, prose: Prose) -> Iterator[Fault]:
    """Find links to claims and code within a sentence, where they are not expanded."""
    target = str(child.attrs.get("href", ""))
    if target.startswith(CLAIM):
        sentence = f"{target} is within other text; put it in a paragraph of its own"
        yield prose.fault(line, sentence)
    elif target.partition("#")[0].endswith(".py") and "://" not in target:
        sentence = (
            f"the link to {target!r} is not shown within other text; put it in a paragraph of "
            "its own with an #anchor, or name the file in `backticks`"
        )
        yield prose.fault(line, sentence)
