"""Pages, their sections and search."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.inputs import PageParameters
from nexus.api.library.inputs import KINDS, PageListParameters, SearchParameters
from nexus.api.rest.operations import read_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.apps.library import queries, services
from nexus.apps.library.errors import PageNotFoundError
from nexus.apps.library.models import Page, Section
from nexus.apps.library.reading.page import page_url
from nexus.apps.library.search import Hit, SearchResult
from nexus.core.database.keyset import CursorError

__all__ = [
    "HitSerializer",
    "PageDetail",
    "PageLinkSerializer",
    "PageList",
    "PageSerializer",
    "PageSummarySerializer",
    "SearchDetail",
    "SearchSerializer",
    "SectionList",
    "SectionSerializer",
]


class UrlField(serializers.CharField):
    """The address of the web page, from the page's key."""

    def __init__(self, **options: Any) -> None:
        super().__init__(source="key", read_only=True, **options)

    def to_representation(self, value: Any) -> str:
        return page_url(str(value))


class PageLinkSerializer(serializers.ModelSerializer[Page]):
    """A link to a page."""

    url = UrlField()

    class Meta:
        model = Page
        fields: ClassVar = ["kind", "slug", "title", "url"]


class PageSummarySerializer(serializers.ModelSerializer[Page]):
    """A page in a list."""

    kind = serializers.ChoiceField(KINDS)
    url = UrlField()

    class Meta:
        model = Page
        fields: ClassVar = ["kind", "slug", "title", "summary", "topics", "url", "changed_at"]


class PageSerializer(PageSummarySerializer):
    """A page, its prerequisites and its claims; its text is in its sections."""

    prerequisites = PageLinkSerializer(many=True)
    used_in = PageLinkSerializer(many=True, help_text="The pages that build on this one.")
    claims: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="id", many=True, read_only=True
    )
    source_path = serializers.CharField(source="path", help_text="The file in the repository.")

    class Meta(PageSummarySerializer.Meta):
        fields: ClassVar = [
            *PageSummarySerializer.Meta.fields,
            "source_path",
            "prerequisites",
            "used_in",
            "claims",
        ]


class SectionSerializer(serializers.ModelSerializer[Section]):
    """The part of a page under one heading, as plain text."""

    class Meta:
        model = Section
        fields: ClassVar = ["position", "anchor", "title", "prose", "code"]


class HitSerializer(serializers.Serializer[Hit]):
    """A section that matches a search."""

    kind = serializers.ChoiceField(KINDS)
    slug = serializers.CharField()
    page_title = serializers.CharField()
    anchor = serializers.CharField(
        help_text="The heading's fragment; empty before the first heading."
    )
    title = serializers.CharField(help_text="The heading; empty before the first one.")
    headline = serializers.CharField(help_text="HTML: an excerpt with the words marked.")
    url = serializers.CharField(help_text="The address of the section on the website.")


class SearchSerializer(serializers.Serializer[SearchResult]):
    """The result of a search."""

    text = serializers.CharField(help_text="The query.")
    corrected = serializers.CharField(
        help_text="The query used instead, if the original one had no matches; otherwise empty."
    )
    loose = serializers.BooleanField(help_text="Whether no section has all of the words.")
    found = serializers.IntegerField(
        help_text="The number of matching sections, counted up to 2,000."
    )
    hits = HitSerializer(many=True)


class PageList(Resource):
    """The pages of the library."""

    serializer_class = PageSummarySerializer
    pagination_class = KeysetPagination
    parameters_class = PageListParameters
    order = ("position", "id")

    @read_operation(
        "List pages",
        PageSummarySerializer(many=True),
        CursorError,
        parameters=PageListParameters,
    )
    def get(self, _request: Request) -> HttpResponse:
        """Return the pages in the library's order, filtered by kind and topic."""
        kind, topic = self.parameters.get("kind", ""), self.parameters.get("topic", "")
        return self.list_response(queries.list_pages(kind=kind, topic=topic))


class PageDetail(Resource):
    """One page."""

    serializer_class = PageSerializer

    @read_operation("Get a page", PageSerializer, PageNotFoundError)
    def get(self, _request: Request, kind: str, slug: str) -> Response:
        """Return a page, its prerequisites, the pages that build on it, and its claims' ids."""
        return self.detail_response(queries.get_page(kind, slug))


class SectionList(Resource):
    """The sections of a page."""

    serializer_class = SectionSerializer
    pagination_class = KeysetPagination
    parameters_class = PageParameters
    order = ("position", "id")

    @read_operation(
        "List the sections of a page",
        SectionSerializer(many=True),
        CursorError,
        PageNotFoundError,
        parameters=PageParameters,
    )
    def get(self, _request: Request, kind: str, slug: str) -> HttpResponse:
        """Return the text of a page without markup, by heading."""
        return self.list_response(queries.list_sections(queries.get_page(kind, slug)))


class SearchDetail(Resource):
    """A search."""

    serializer_class = SearchSerializer
    parameters_class = SearchParameters

    @read_operation("Search the library", SearchSerializer, parameters=SearchParameters)
    def get(self, _request: Request) -> Response:
        """Return sections with all words, otherwise with similar words, otherwise with some."""
        return self.detail_response(services.search(**self.parameters))
