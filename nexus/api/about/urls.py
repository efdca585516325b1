"""The addresses of the API about itself."""

from django.urls import path

from nexus.api.about import rest

__all__ = ["version_1"]

version_1 = [
    path("", rest.Root.as_view(), name="root"),
    path("schema/", rest.Schema.as_view(), name="schema"),
    path("docs/", rest.docs, name="docs"),
    path("problems/", rest.ProblemList.as_view(), name="problems"),
    path("problems/<slug:code>/", rest.ProblemDetail.as_view(), name="problem"),
]
