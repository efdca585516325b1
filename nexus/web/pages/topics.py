"""The topics of the pages, and the order in which to read them."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.apps.library import queries
from nexus.web.pages.page_data import PageLink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from nexus.apps.library.models import Page

__all__ = ["MappedPage", "Topic", "TopicMap", "topics"]

# A topic with fewer pages is only a label.
MIN_PAGES = 2


@dataclass(frozen=True, kw_only=True)
class MappedPage:
    """A page and the pages to read before it."""

    link: PageLink
    after: tuple[PageLink, ...]


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic, its pages in reading order, and the topics that share pages with it."""

    name: str
    pages: tuple[PageLink, ...]
    neighbours: tuple[tuple[str, int], ...]


class TopicMap:
    """The topics and prerequisites of pages, in the order of the library."""

    def __init__(self, pages: "QuerySet[Page]") -> None:
        names = Prefetch("prerequisites", queryset=pages.only("kind", "slug"))
        self._pages = {page.key: page for page in pages.prefetch_related(names)}

    @cached_property
    def steps(self) -> list[list[MappedPage]]:
        """The pages, grouped by the length of the longest chain of prerequisites."""
        ordered = sorted(self._pages, key=self._depths.__getitem__)
        return [
            [self._mapped(key) for key in keys]
            for _, keys in groupby(ordered, key=self._depths.__getitem__)
        ]

    @property
    def topics(self) -> list[Topic]:
        """The topics of several pages, in alphabetical order."""
        return [topic for topic in self._topics if len(topic.pages) >= MIN_PAGES]

    @property
    def labels(self) -> list[Topic]:
        """The topics of only one page."""
        return [topic for topic in self._topics if len(topic.pages) < MIN_PAGES]

    @cached_property
    def _depths(self) -> dict[str, int]:
        # The loader rejects circular prerequisites.
        depths: dict[str, int] = {}

        def depth(key: str) -> int:
            if key not in depths:
                depths[key] = max((depth(other) + 1 for other in self._before(key)), default=0)
            return depths[key]

        for key in self._pages:
            depth(key)
        return depths

    def _before(self, key: str) -> list[str]:
        return [page.key for page in self._pages[key].prerequisites.all()]

    def _mapped(self, key: str) -> MappedPage:
        link = PageLink.to(self._pages[key])
        return MappedPage(link=link, after=self._links(self._before(key)))

    @cached_property
    def _topics(self) -> list[Topic]:
        holding: dict[str, list[str]] = {}
        for key in sorted(self._pages, key=self._depths.__getitem__):
            for topic in self._pages[key].topics:
                holding.setdefault(topic, []).append(key)
        return [
            Topic(name=name, pages=self._links(keys), neighbours=self._neighbours(name, keys))
            for name, keys in sorted(holding.items(), key=lambda entry: entry[0].lower())
        ]

    def _neighbours(self, topic: str, keys: "Iterable[str]") -> tuple[tuple[str, int], ...]:
        shared = Counter(
            other for key in keys for other in self._pages[key].topics if other != topic
        )
        return tuple((name, count) for name, count in shared.most_common() if count > 1)

    def _links(self, keys: "Iterable[str]") -> tuple[PageLink, ...]:
        return tuple(PageLink.to(self._pages[key]) for key in keys)


@require_safe
def topics(request: HttpRequest) -> HttpResponse:
    """Show the pages by topic and by reading order."""
    context = {"section": "library", "map": TopicMap(queries.list_pages())}
    return render(request, "topics.html", context)
