"""The library app."""

from django.apps import AppConfig

__all__ = ["LibraryConfig"]


class LibraryConfig(AppConfig):
    """The library: pages of knowledge, read from files, and the claims they make."""

    name = "nexus.apps.library"
    label = "library"
