"""The addresses of pages, search and claims."""

from django.urls import path

from nexus.api.library.rest import claims, pages

__all__ = ["unversioned", "version_1", "version_2"]

version_1 = [
    path("pages/", pages.PageList.as_view(), name="pages"),
    path("pages/<slug:kind>/<slug:slug>/", pages.PageDetail.as_view(), name="page"),
    path("pages/<slug:kind>/<slug:slug>/sections/", pages.SectionList.as_view(), name="sections"),
    path("search/", pages.SearchDetail.as_view(), name="search"),
    path("claims/", claims.ClaimList.as_view(), name="claims"),
    path("claims/<str:claim_id>/", claims.ClaimDetail.as_view(), name="claim"),
]

version_2 = [
    path("claims/", claims.ClaimListV2.as_view(), name="claims-v2"),
    path("claims/<str:claim_id>/", claims.ClaimDetailV2.as_view(), name="claim-v2"),
]

unversioned = [path("claims.jsonl", claims.claim_lines, name="claim-lines")]
