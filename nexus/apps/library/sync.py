"""Synchronises the database with the pages that were read, writing only what differs.

The whole library takes one statement per table, however many pages it has; one edited page costs
as little as in a small library.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.db import connection
from django.utils import timezone

from nexus.apps.library.models import Claim, Page, Section, Word
from nexus.apps.library.reading import PageText

__all__ = ["SectionText", "split_sections", "store_pages", "words_in"]

# Anyone who searches for a problem wants the page that tests its solution first.
WEIGHTS = {"challenges": 1.3, "concepts": 1.2, "best-practices": 1.1, "resources": 0.8}
TITLE_LIMIT = 200
WORD = re.compile(r"[^\W_]{2,40}")
# Tags that contain code; inline `code` counts as prose too, since people search for it.
CODE_TAGS = {"pre", "code"}
# Tags that end a word.
BLOCK_TAGS = {"p", "li", "h2", "h3", "td", "th", "pre", "div", "br", "blockquote"}
PAGE_FIELDS = (
    "title",
    "summary",
    "topics",
    "former_keys",
    "reported",
    "blocks",
    "contents",
    "path",
    "digest",
    "position",
)


@dataclass(frozen=True)
class _Change:
    """A page that is new or differs from the stored one."""

    text: PageText
    position: int


def store_pages(texts: Sequence[PageText]) -> int:
    """Store exactly these `texts`, in their order. Returns how many pages changed.

    Must be called inside a transaction, for whose end all other loaders wait.
    """
    with connection.cursor() as cursor:
        # Row locks would not cover the pages that another loader is about to insert.
        cursor.execute("LOCK TABLE library_page IN SHARE ROW EXCLUSIVE MODE")
    rows = Page.objects.only("id", "kind", "slug", "digest", "position")
    stored = {page.key: page for page in rows}
    keys = {text.key for text in texts}
    deleted = [page.pk for key, page in stored.items() if key not in keys]
    changes = [
        _Change(text, position)
        for position, text in enumerate(texts)
        if text.key not in stored or stored[text.key].digest != text.digest
    ]
    _move(stored, texts)
    updated = [stored[change.text.key].pk for change in changes if change.text.key in stored]
    words = Counter[str]()
    words.subtract(_words_of(Section.objects.filter(page__in=[*deleted, *updated])))
    Page.objects.filter(pk__in=deleted).delete()
    if changes:
        pages = _write_pages(changes)
        _write_claims(changes, pages)
        words.update(_write_sections(changes, pages))
        _write_prerequisites(changes, pages)
    _count_words(words)
    return len(deleted) + len(changes)


def _move(stored: Mapping[str, Page], texts: Sequence[PageText]) -> None:
    moved = []
    for position, text in enumerate(texts):
        page = stored.get(text.key)
        if page is not None and page.position != position:
            page.position = position
            moved.append(page)
    Page.objects.bulk_update(moved, ["position"], batch_size=1_000)


def _write_pages(changes: Sequence[_Change]) -> dict[str, Page]:
    """Write the pages. Returns every page of the library by `kind/slug`, with its primary key."""
    now = timezone.now()
    Page.objects.bulk_create(
        (
            Page(
                kind=change.text.kind,
                slug=change.text.slug,
                title=change.text.front.title,
                summary=change.text.front.summary,
                topics=list(change.text.front.topics),
                former_keys=list(change.text.front.formerly),
                reported=change.text.front.reported and asdict(change.text.front.reported),
                blocks=list(change.text.blocks),
                contents=list(change.text.contents),
                path=change.text.path,
                digest=change.text.digest,
                position=change.position,
                changed_at=now,
            )
            for change in changes
        ),
        update_conflicts=True,
        unique_fields=["kind", "slug"],
        update_fields=[*PAGE_FIELDS, "changed_at"],
    )
    return {page.key: page for page in Page.objects.only("id", "kind", "slug", "title")}


def _write_claims(changes: Sequence[_Change], pages: Mapping[str, Page]) -> None:
    rows = [
        Claim(
            id=claim.id,
            page=pages[change.text.key],
            sentence=claim.sentence,
            position=number,
        )
        for change in changes
        for number, claim in enumerate(change.text.claims)
    ]
    changed = [pages[change.text.key] for change in changes]
    Claim.objects.filter(page__in=changed).exclude(id__in=[row.id for row in rows]).delete()
    # A claim may have moved here from another page, so rows are matched by id alone.
    Claim.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["page", "sentence", "position"],
    )


def _write_sections(changes: Sequence[_Change], pages: Mapping[str, Page]) -> Counter[str]:
    """Replace the sections of changed pages. Returns in how many of them each word occurs."""
    Section.objects.filter(page__in=[pages[change.text.key] for change in changes]).delete()
    rows = [row for change in changes for row in _sections(change.text, pages[change.text.key])]
    Section.objects.bulk_create(rows, batch_size=1_000)
    return _words_of(rows)


def _sections(text: PageText, page: Page) -> list[Section]:
    sections = split_sections(text.blocks, {claim.id: claim.sentence for claim in text.claims})
    # The start of a page is also found by its summary and topics.
    head = f"{text.front.summary} {', '.join(text.front.topics)}. "
    sections[0].prose = [head, *sections[0].prose]
    return [
        Section(
            page=page,
            position=position,
            anchor=section.anchor,
            title=section.title[:TITLE_LIMIT],
            page_title=text.front.title,
            prose=" ".join("".join(section.prose).split()),
            code="\n".join(section.code),
            weight=WEIGHTS.get(page.kind, 1.0),
        )
        for position, section in enumerate(sections)
    ]


def _write_prerequisites(changes: Sequence[_Change], pages: Mapping[str, Page]) -> None:
    relation = Page.prerequisites.through
    changed = [pages[change.text.key] for change in changes]
    relation.objects.filter(from_page__in=changed).delete()
    relation.objects.bulk_create(
        relation(from_page=pages[change.text.key], to_page=pages[key])
        for change in changes
        for key in change.text.front.prerequisites
    )


def _words_of(sections: Iterable[Section]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for section in sections:
        texts = (section.page_title, section.title, section.prose, section.code)
        counts.update(words_in(" ".join(texts)))
    return counts


def _count_words(changes: Counter[str]) -> None:
    """Add to and take from the dictionary's counts; a word that no section has is dropped."""
    added = +changes
    taken = -changes
    with connection.cursor() as cursor:
        if added:
            cursor.execute(
                """
                INSERT INTO library_word AS known (word, sections)
                SELECT * FROM unnest(%s::text[], %s::int[])
                ON CONFLICT (word) DO UPDATE SET sections = known.sections + excluded.sections
                """,
                [list(added), list(added.values())],
            )
        if taken:
            cursor.execute(
                """
                UPDATE library_word AS known SET sections = known.sections - taken.sections
                FROM unnest(%s::text[], %s::int[]) AS taken (word, sections)
                WHERE known.word = taken.word
                """,
                [list(taken), list(taken.values())],
            )
            Word.objects.filter(sections=0).delete()


@dataclass
class SectionText:
    """One section: the id and title of its heading, both empty for the text before the first."""

    anchor: str = ""
    title: str = ""
    prose: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)


def split_sections(
    blocks: Iterable[Mapping[str, Any]],
    claims: Mapping[str, str],
) -> list[SectionText]:
    """Return the sections of a page's blocks; `claims` maps claim ids to sentences."""
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
    """Return the words of a text in lower case; a name with underscores is split."""
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
