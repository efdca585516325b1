"""The addresses of the pages for people."""

from django.urls import include, path

from nexus.web.views import feeds, health, labs, library, session

__all__ = ["urlpatterns"]

library_patterns = (
    [
        path("", library.index, name="index"),
        path("<slug:kind>/<slug:slug>/", library.page, name="page"),
    ],
    "library",
)

lab_patterns = (
    [
        path("", labs.index, name="index"),
        path("<slug:slug>/", labs.detail, name="detail"),
        path("<slug:slug>/runs/", labs.start, name="start"),
    ],
    "labs",
)

run_patterns = (
    [
        path("", labs.run, name="detail"),
        path("progress/", labs.progress, name="progress"),
        path("cancel/", labs.cancel, name="cancel"),
        path("result.json", labs.document, name="document"),
        path("samples.csv", labs.samples, name="samples"),
    ],
    "runs",
)

urlpatterns = [
    path("", library.home, name="home"),
    path("library/", include(library_patterns)),
    path("labs/", include(lab_patterns)),
    path("claims/", library.claims, name="claims"),
    path("runs/<uuid:run_id>/", include(run_patterns)),
    path("enter/<str:token>/", session.enter, name="enter"),
    path("search", library.search, name="search"),
    path("claims.jsonl", feeds.claims, name="claims-jsonl"),
    path("llms.txt", feeds.llms, name="llms"),
    path("feed.atom", feeds.atom, name="feed"),
    path("livez", health.livez),
    path("readyz", health.readyz),
]
