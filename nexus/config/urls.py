"""The URLs of the service."""

from django.contrib import admin
from django.urls import include, path

__all__ = ["handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", include(("nexus.api.urls", "api"))),
    path("", include("nexus.web.urls")),
    path("admin/", admin.site.urls),
]

handler404 = "nexus.web.pages.errors.not_found"
handler500 = "nexus.web.pages.errors.server_error"
