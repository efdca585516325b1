"""Pages, their sections, search, and claims."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
import strawberry_django
from strawberry.relay import Connection

from nexus.api.graphql.connections import paginate, paginate_list
from nexus.api.graphql.context import Info
from nexus.api.graphql.enums import enum_value, make_enum
from nexus.api.inputs import DEFAULT_PAGE_SIZE, validate
from nexus.api.library.inputs import PageListParameters, SearchParameters
from nexus.apps.labs.standings import STATES
from nexus.apps.library import models, queries, services
from nexus.apps.library.reading.page import page_url

__all__ = ["Claim", "Figure", "Hit", "LibraryQuery", "Page", "PageLink", "SearchResult", "Section"]


PageKind = make_enum("PageKind", queries.KIND_LABELS, "The kinds of pages.")
ClaimState = make_enum(
    "ClaimState", STATES, "How a claim stands: its last verdict, not run yet, or told."
)


def page_address(root: models.Page) -> str:
    """Give the address of the page for people."""
    return page_url(root.key)


@strawberry_django.type(models.Page, description="A page by name.")
class PageLink:
    """A page by name."""

    kind: PageKind
    slug: strawberry.auto
    title: strawberry.auto
    url: str = strawberry_django.field(resolver=page_address, only=["kind", "slug"])


@strawberry_django.type(models.Section, description="A part of a page, as plain text.")
class Section:
    """The part of a page under one heading, as plain text."""

    position: strawberry.auto
    anchor: strawberry.auto
    title: strawberry.auto
    prose: strawberry.auto
    code: strawberry.auto


def standing_field(name: str) -> Callable[[Any, Info], Any]:
    """Make the resolver of what is known of a claim here."""

    def resolve(root: models.Claim, info: Info) -> Any:
        return getattr(info.context.standings.claims[root.id], name)

    return resolve


IN_FIGURE = "It stands in `figure`; this one goes with version 1 of REST's claims, in 2027-12."


@strawberry.type(description="A measured value with all that belongs to it.")
class Figure:
    """A measured value with all that belongs to it."""

    value: float
    interval: list[float] | None
    bar: float | None
    unit: str


@strawberry_django.type(models.Claim, description="A sentence that can be false.")
class Claim:
    """A claim, and how it stands on this installation."""

    id: str
    sentence: strawberry.auto
    page: PageLink
    state: ClaimState = strawberry_django.field(resolver=standing_field("state"), only=["id"])
    declared: str | None = strawberry_django.field(resolver=standing_field("declared"), only=["id"])
    effect: str | None = strawberry_django.field(resolver=standing_field("effect"), only=["id"])
    figure: Figure | None = strawberry_django.field(resolver=standing_field("figure"), only=["id"])
    value: float | None = strawberry_django.field(
        resolver=standing_field("value"), only=["id"], deprecation_reason=IN_FIGURE
    )
    interval: list[float | None] | None = strawberry_django.field(
        resolver=standing_field("interval"), only=["id"], deprecation_reason=IN_FIGURE
    )
    bar: float | None = strawberry_django.field(
        resolver=standing_field("bar"), only=["id"], deprecation_reason=IN_FIGURE
    )
    unit: str | None = strawberry_django.field(
        resolver=standing_field("unit"), only=["id"], deprecation_reason=IN_FIGURE
    )
    lab: str | None = strawberry_django.field(resolver=standing_field("lab_slug"), only=["id"])
    run: UUID | None = strawberry_django.field(resolver=standing_field("run_id"), only=["id"])
    machine: str | None = strawberry_django.field(resolver=standing_field("machine"), only=["id"])
    decided_at: datetime | None = strawberry_django.field(
        resolver=standing_field("decided_at"), only=["id"]
    )
    stale: str | None = strawberry_django.field(resolver=standing_field("stale"), only=["id"])


@strawberry_django.type(models.Page, description="A page of the library.")
class Page(PageLink):
    """A page, what it builds on, and what it claims; its text is in its sections."""

    summary: strawberry.auto
    topics: list[str]
    changed_at: strawberry.auto
    source_path: str = strawberry_django.field(field_name="path")
    prerequisites: list[PageLink]
    used_in: list[PageLink]
    claims: list[Claim]
    sections: list[Section]


@strawberry.type(description="A section that was found; the headline is HTML.")
class Hit:
    """A section that was found."""

    kind: PageKind
    slug: str
    page_title: str
    anchor: str
    title: str
    headline: str
    url: str


@strawberry.type(description="What a search came to.")
class SearchResult:
    """What a search came to."""

    text: str
    corrected: str
    loose: bool
    found: int
    hits: list[Hit]


@strawberry.type
class LibraryQuery:
    """Reads of the library."""

    @strawberry.field(description="The pages in the order of the library, by kind and topic.")
    def pages(
        self,
        info: Info,
        kind: PageKind | None = None,
        topic: str | None = None,
        first: int = DEFAULT_PAGE_SIZE,
        after: str = "",
    ) -> Connection[Page]:
        chosen = validate(PageListParameters, kind=enum_value(kind), topic=topic)
        rows = queries.list_pages(kind=chosen.get("kind", ""), topic=chosen.get("topic", ""))
        return paginate(rows, info, order=("position", "id"), first=first, after=after)

    @strawberry.field(description="One page.")
    def page(self, kind: PageKind, slug: str) -> Page | None:
        return queries.get_page(str(enum_value(kind)), slug)

    @strawberry.field(description="Sections that have all words, else similar words, else some.")
    def search(
        self, q: str, kind: PageKind | None = None, topic: str | None = None, limit: int = 30
    ) -> SearchResult:
        asked = validate(SearchParameters, q=q, kind=enum_value(kind), topic=topic, limit=limit)
        return services.search(**asked)

    @strawberry.field(description="The claims in the order of the library, all or of one state.")
    def claims(
        self,
        info: Info,
        state: ClaimState | None = None,
        first: int = DEFAULT_PAGE_SIZE,
        after: str = "",
    ) -> Connection[Claim]:
        rows = [
            (standing.claim, standing.key)
            for standing in info.context.standings.claims.values()
            if enum_value(state) in {None, standing.state}
        ]
        return paginate_list(rows, first=first, after=after)

    @strawberry.field(description="One claim.")
    def claim(
        self, info: Info, claim_id: Annotated[str, strawberry.argument(name="id")]
    ) -> Claim | None:
        return info.context.standings.claim(claim_id).claim
