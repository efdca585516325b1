"""Search over the sections of the library.

Words are looked up with PostgreSQL's full text search, the last one as a prefix, since it may be
incomplete. Candidates are limited by the weight of their page before they are ranked: otherwise a
common word would require ranking every section. If nothing matches, words that the library does not
contain are replaced by the most similar ones that it does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from django.db import connection
from django.db.models import Count, Max

from nexus.apps.library.models import Page, Word
from nexus.apps.library.reading.page import page_url

__all__ = ["USUAL_HITS", "Hit", "SearchResult", "search"]

MAX_WORDS = 12
CANDIDATES = 2_000
USUAL_HITS = 30
HEADLINES = 10
# A word less similar than this is a different word, not a misspelling.
MIN_SIMILARITY = 0.6
SIMILAR_WORDS = 8
# How much a word that occurs in every section is preferred to one that occurs in a single one.
FREQUENCY_BONUS = 0.05
TOKEN = re.compile(r"[^\W_]+")
# Control characters that no text contains; they become tags after the text has been escaped.
START, STOP = "\x02", "\x03"

STATEMENT = """
WITH asked AS (
    SELECT to_tsquery('english', %(words)s) || to_tsquery('simple', %(words)s) AS query
),
candidates AS (
    SELECT section.id
    FROM library_section AS section
    JOIN library_page AS page ON page.id = section.page_id, asked
    WHERE section.vector @@ asked.query
      AND (%(kind)s = '' OR page.kind = %(kind)s)
      AND (%(topic)s = '' OR %(topic)s = ANY (page.topics))
    ORDER BY section.weight DESC, section.id
    LIMIT %(candidates)s
),
ranked AS (
    SELECT section.id, ts_rank_cd(section.vector, asked.query, 1) * section.weight AS rank,
           count(*) OVER () AS found
    FROM candidates JOIN library_section AS section USING (id), asked
    ORDER BY rank DESC, section.id
    LIMIT %(limit)s
),
numbered AS (
    SELECT *, row_number() OVER (ORDER BY rank DESC, id) AS place FROM ranked
)
SELECT page.kind, page.slug, page.title, section.anchor, section.title, numbered.found,
       CASE WHEN numbered.place <= %(headlines)s
            THEN ts_headline('english', section.prose, asked.query, %(options)s)
            ELSE left(section.prose, 160) END AS headline,
       section.prose
FROM numbered
JOIN library_section AS section USING (id)
JOIN library_page AS page ON page.id = section.page_id, asked
ORDER BY numbered.place
"""
OPTIONS = f"StartSel={START}, StopSel={STOP}, MaxWords=28, MinWords=12, MaxFragments=1"


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A matching section; `headline` is HTML with the matches marked."""

    kind: str
    slug: str
    page_title: str
    anchor: str
    title: str
    headline: str

    @property
    def url(self) -> str:
        """The URL of the section."""
        fragment = f"#{self.anchor}" if self.anchor else ""
        return page_url(f"{self.kind}/{self.slug}") + fragment


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """The result of a search.

    `found` is the number of all hits, at most 2,000. `corrected` is the text that was searched for
    instead, if the original text had no hits. `loose` means that no section has all of the words.
    """

    text: str
    hits: tuple[Hit, ...] = ()
    found: int = 0
    corrected: str = ""
    loose: bool = False


def search(text: str, *, kind: str = "", topic: str = "", limit: int = USUAL_HITS) -> SearchResult:
    """Find sections that have all words of `text`, else similar words, else some of the words.

    `kind` and `topic` restrict the search to pages of that kind and topic.
    """
    words = [word.lower() for word in TOKEN.findall(text)[:MAX_WORDS]]
    if not words:
        return SearchResult(text=text)
    attempts: list[tuple[Sequence[str], str]] = [(words, " & ")]
    corrected = _corrected(words)
    if corrected != words:
        attempts.append((corrected, " & "))
    if len(words) > 1:
        attempts.append((corrected, " | "))
    for attempt, operator in attempts:
        hits, found = _look_up(attempt, operator, kind=kind, topic=topic, limit=limit)
        if hits:
            return SearchResult(
                text=text,
                hits=hits,
                found=found,
                corrected=" ".join(attempt) if attempt != words else "",
                loose=operator == " | ",
            )
    return SearchResult(text=text)


def _look_up(
    words: Sequence[str], operator: str, *, kind: str, topic: str, limit: int
) -> tuple[tuple[Hit, ...], int]:
    parameters: dict[str, str | int] = {
        "words": operator.join([*words[:-1], f"{words[-1]}:*"]),
        "kind": kind,
        "topic": topic,
        "limit": limit,
        "candidates": CANDIDATES,
        "headlines": HEADLINES,
        "options": OPTIONS,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        rows = cursor.fetchall()
    hits = tuple(
        Hit(
            kind=kind,
            slug=slug,
            page_title=page_title,
            anchor=anchor,
            title=title,
            headline=_marked(headline, whole=whole),
        )
        for kind, slug, page_title, anchor, title, _, headline, whole in rows
    )
    return hits, rows[0][5] if rows else 0


def _marked(headline: str, *, whole: str) -> str:
    """Return an excerpt of `whole` as HTML, with an ellipsis where it is cut off."""
    plain = headline.replace(START, "").replace(STOP, "")
    before = "" if whole.startswith(plain) else "\N{HORIZONTAL ELLIPSIS} "
    after = "" if whole.endswith(plain) else " \N{HORIZONTAL ELLIPSIS}"
    marked = escape(headline).replace(START, "<mark>").replace(STOP, "</mark>")
    return f"{before}{marked}{after}"


def _corrected(words: Sequence[str]) -> list[str]:
    """Replace each word that the library does not contain by the most similar one that it does."""
    state = Page.objects.aggregate(count=Count("pk"), changed=Max("changed_at"))
    known = _dictionary(repr(state))
    return [word if word in known else _similar(word, known) for word in words]


def _similar(word: str, known: dict[str, float]) -> str:
    # Some megabytes, which a web process only needs for misspelt words.
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    similar = process.extract(
        word,
        known.keys(),
        scorer=OSA.normalized_similarity,
        score_cutoff=MIN_SIMILARITY,
        limit=SIMILAR_WORDS,
    )
    best = max(similar, key=lambda entry: entry[1] + known[entry[0]], default=None)
    return best[0] if best else word


@lru_cache(maxsize=1)
def _dictionary(_state: str) -> dict[str, float]:
    """Return every word with a bonus for its frequency; cached until the library changes."""
    rows = dict(Word.objects.values_list("word", "sections"))
    most = max(rows.values(), default=1)
    return {word: FREQUENCY_BONUS * count / most for word, count in rows.items()}
