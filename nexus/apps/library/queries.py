"""Reads of pages and claims."""

from dataclasses import dataclass

from django.db.models import Func, Prefetch, QuerySet

from nexus.apps.library.errors import PageNotFoundError
from nexus.apps.library.models import Claim, Page, Section
from nexus.apps.library.reading import KINDS

__all__ = [
    "KIND_LABELS",
    "Shelf",
    "current_claim_id",
    "current_page_key",
    "get_page",
    "list_challenges",
    "list_changed",
    "list_claims",
    "list_pages",
    "list_sections",
    "list_shelves",
    "list_topics",
    "pages_by_key",
]

KIND_LABELS = KINDS


@dataclass(frozen=True)
class Shelf:
    """The pages of one kind."""

    kind: str
    label: str
    pages: tuple[Page, ...]


def list_shelves() -> list[Shelf]:
    """Return every kind that has pages, with its pages, without their bodies."""
    pages = list(Page.objects.defer("blocks", "contents"))
    shelves = [
        Shelf(kind, label, tuple(page for page in pages if page.kind == kind))
        for kind, label in KINDS.items()
    ]
    return [shelf for shelf in shelves if shelf.pages]


def list_pages(*, kind: str = "", topic: str = "") -> QuerySet[Page]:
    """Return the pages of a kind and a topic, or all pages, without their bodies."""
    pages = Page.objects.defer("blocks", "contents")
    if kind:
        pages = pages.filter(kind=kind)
    return pages.filter(topics__contains=[topic]) if topic else pages


def list_sections(page: Page) -> QuerySet[Section]:
    """Return the sections of a page."""
    return Section.objects.filter(page=page).defer("vector")


def get_page(kind: str, slug: str) -> Page:
    """Return one page with its prerequisites, the pages that use it, and its claims.

    Raises `PageNotFoundError`.
    """
    light = Page.objects.defer("blocks", "contents")
    relations = ("prerequisites", "used_in")
    page = (
        Page.objects.filter(kind=kind, slug=slug)
        .prefetch_related(*(Prefetch(name, queryset=light) for name in relations), "claims")
        .first()
    )
    if page is None:
        raise PageNotFoundError
    return page


def current_page_key(kind: str, slug: str) -> str:
    """Return the current name of a page that was formerly `kind/slug`, or "" if there is none."""
    former = Page.objects.filter(former_keys__contains=[f"{kind}/{slug}"])
    page = former.only("kind", "slug").first()
    return page.key if page else ""


def current_claim_id(claim_id: str) -> str:
    """Return the current id of a claim that formerly had another one, or "" if there is none.

    A claim id begins with the slug of its page.
    """
    slug, _, name = claim_id.partition(".")
    claims = Claim.objects.filter(page__former_keys__len__gt=0).select_related("page")
    for claim in claims.only("id", "page__former_keys"):
        was_slug = any(key.endswith(f"/{slug}") for key in claim.page.former_keys)
        if was_slug and claim.id.partition(".")[2] == name:
            return claim.id
    return ""


def list_challenges() -> list[Page]:
    """Return the challenges in their order, without their bodies."""
    pages = Page.objects.defer("blocks", "contents").filter(reported__isnull=False)
    return sorted(pages, key=lambda page: (page.reported or {})["number"])


def pages_by_key() -> dict[str, Page]:
    """Return every page by `kind/slug`, without bodies."""
    return {page.key: page for page in Page.objects.defer("blocks", "contents")}


def list_changed(*, limit: int) -> list[Page]:
    """Return the most recently changed pages, without their bodies."""
    return list(
        Page.objects.defer("blocks", "contents").order_by("-changed_at", "position")[:limit]
    )


def list_topics() -> list[str]:
    """Return the topics of all pages, in alphabetical order."""
    topics = Page.objects.values_list(Func("topics", function="unnest"), flat=True).distinct()
    return sorted(topics, key=str.lower)


def list_claims() -> dict[str, Claim]:
    """Return every claim by its id, with its page, in the order of the library."""
    return {
        claim.id: claim
        for claim in Claim.objects.select_related("page").defer("page__blocks", "page__contents")
    }
