"""Pages, their sections, search and claims."""

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
from nexus.api.graphql.inputs import Values, takes
from nexus.api.inputs import DEFAULT_PAGE_SIZE
from nexus.api.library.inputs import PageListParameters, SearchParameters
from nexus.api.library.states import STATES
from nexus.apps.library import models, queries, services
from nexus.apps.library.reading.page import page_url

__all__ = ["Claim", "Figure", "Hit", "LibraryQuery", "Page", "PageLink", "SearchResult", "Section"]


PageKind = make_enum("PageKind", queries.KIND_LABELS, "The kind of a page.")
ClaimState = make_enum(
    "ClaimState", STATES, "The state of a claim: its latest verdict, not run yet, or reported."
)


def page_address(root: models.Page) -> str:
    """Return the address of the web page."""
    return page_url(root.key)


@strawberry_django.type(models.Page, description="A link to a page.")
class PageLink:
    """A link to a page."""

    kind: PageKind
    slug: strawberry.auto
    title: strawberry.auto
    url: str = strawberry_django.field(resolver=page_address, only=["kind", "slug"])


@strawberry_django.type(models.Section, description="A section of a page, as plain text.")
class Section:
    """The part of a page under one heading, as plain text."""

    position: strawberry.auto
    anchor: strawberry.auto
    title: strawberry.auto
    prose: strawberry.auto
    code: strawberry.auto


def standing_field(name: str) -> Callable[[Any, Info], Any]:
    """Return a resolver of what this installation knows of a claim."""

    def resolve(root: models.Claim, info: Info) -> Any:
        return getattr(info.context.standings.claims[root.id], name)

    return resolve


def claim_state(root: models.Claim, info: Info) -> Any:
    """Return the state of a claim on this installation."""
    return info.context.standings.claims[root.id].state


IN_FIGURE = (
    "Use `figure`. This field is removed together with version 1 of REST's claims in 2027-12."
)


@strawberry.type(description="A measured value with its interval, bar and unit.")
class Figure:
    """A measured value with its interval, bar and unit."""

    value: float
    interval: list[float] | None
    bar: float | None
    unit: str


@strawberry_django.type(models.Claim, description="A statement that can be false.")
class Claim:
    """A claim and its state on this installation."""

    id: str
    sentence: strawberry.auto
    page: PageLink
    state: ClaimState = strawberry_django.field(resolver=claim_state, only=["id"])
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
    """A page, its prerequisites and its claims; its text is in its sections."""

    summary: strawberry.auto
    topics: list[str]
    changed_at: strawberry.auto
    source_path: str = strawberry_django.field(field_name="path")
    prerequisites: list[PageLink]
    used_in: list[PageLink]
    claims: list[Claim]
    sections: list[Section]


@strawberry.type(description="A section that matches a search; the headline is HTML.")
class Hit:
    """A section that matches a search."""

    kind: PageKind
    slug: str
    page_title: str
    anchor: str
    title: str
    headline: str
    url: str


@strawberry.type(description="The result of a search.")
class SearchResult:
    """The result of a search."""

    text: str
    corrected: str
    loose: bool
    found: int
    hits: list[Hit]


@strawberry.type
class LibraryQuery:
    """Queries of the library."""

    @strawberry.field(description="The pages in the library's order, filtered by kind and topic.")
    @takes(PageListParameters, enums={"kind": PageKind}, anonymous=True)
    def pages(
        self, info: Info, values: Values, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Page]:
        rows = queries.list_pages(kind=values.get("kind", ""), topic=values.get("topic", ""))
        return paginate(rows, info, order=("position", "id"), first=first, after=after)

    @strawberry.field(description="One page.")
    def page(self, kind: PageKind, slug: str) -> Page | None:
        return queries.get_page(str(enum_value(kind)), slug)

    @strawberry.field(
        description="Sections with all words, otherwise with similar words, otherwise with some."
    )
    @takes(SearchParameters, enums={"kind": PageKind}, anonymous=True)
    def search(self, _info: Info, values: Values) -> SearchResult:
        return services.search(**values)

    @strawberry.field(description="The claims in the library's order, optionally of one state.")
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
