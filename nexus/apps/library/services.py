"""Loads the library from its files into the database."""

from collections import Counter
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from nexus.apps.library.indexing import split_sections, words_in
from nexus.apps.library.models import Claim, Page, Search, Section, Word
from nexus.apps.library.reading import PageText, read_library

__all__ = ["load_library", "log_search"]

# Whoever searches for a problem wants the page that proves its remedy first.
WEIGHTS = {"challenges": 1.3, "concepts": 1.2, "best-practices": 1.1, "resources": 0.8}
TITLE_LIMIT = 200


def load_library(library: Path | None = None) -> int:
    """Make the database hold just the pages under `library`; gives how many changed.

    Raises `LibraryError` with every fault; then nothing is changed.
    """
    texts = read_library(library or settings.LIBRARY_DIR)
    with transaction.atomic():
        return _store(texts)


def _store(texts: list[PageText]) -> int:
    present = {page.key: page for page in Page.objects.select_for_update()}
    kept = {text.key for text in texts}
    gone = [page.pk for key, page in present.items() if key not in kept]
    Page.objects.filter(pk__in=gone).delete()
    changed = len(gone)
    stored: dict[str, Page] = {}
    for position, text in enumerate(texts):
        page = present.get(text.key) or Page(kind=text.kind, slug=text.slug)
        if (page.digest, page.position) != (text.digest, position):
            changed += page.digest != text.digest
            _write(page, text, position)
        stored[text.key] = page
    for text in texts:
        stored[text.key].prerequisites.set(stored[key] for key in text.front.prerequisites)
    if changed:
        _store_words()
    return changed


def log_search(*, text: str, corrected: str, found: int) -> None:
    """Keep what was searched for, and how much was found."""
    Search.objects.create(
        text=text[:TITLE_LIMIT],
        corrected=corrected[:TITLE_LIMIT],
        found=found,
    )


def _write(page: Page, text: PageText, position: int) -> None:
    if page.digest != text.digest:
        page.changed_at = timezone.now()
    page.title, page.summary = text.front.title, text.front.summary
    page.topics = list(text.front.topics)
    page.blocks, page.contents = list(text.blocks), list(text.contents)
    page.path, page.digest, page.position = text.path, text.digest, position
    page.save()
    # A claim may have moved here from another page, so rows are found by id alone.
    for number, claim in enumerate(text.claims):
        Claim.objects.update_or_create(
            id=claim.id,
            defaults={"page": page, "sentence": claim.sentence, "position": number},
        )
    page.claims.exclude(id__in=[claim.id for claim in text.claims]).delete()
    _write_sections(page, text)


def _write_sections(page: Page, text: PageText) -> None:
    claims = {claim.id: claim.sentence for claim in text.claims}
    sections = split_sections(text.blocks, claims)
    # The head of a page is found by what its front matter says.
    sections[0].prose = [text.front.summary, " ", *text.front.topics, " ", *sections[0].prose]
    page.sections.all().delete()
    Section.objects.bulk_create(
        Section(
            page=page,
            position=position,
            anchor=section.anchor,
            title=section.title[:TITLE_LIMIT],
            page_title=page.title,
            prose=" ".join("".join(section.prose).split()),
            code="\n".join(section.code),
            weight=WEIGHTS.get(page.kind, 1.0),
        )
        for position, section in enumerate(sections)
    )


def _store_words() -> None:
    counts: Counter[str] = Counter()
    for texts in Section.objects.values_list("page_title", "title", "prose", "code"):
        counts.update(words_in(" ".join(texts)))
    Word.objects.all().delete()
    Word.objects.bulk_create(Word(word=word, sections=count) for word, count in counts.items())
