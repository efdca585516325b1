"""The web app: no models, only pages."""

from django.apps import AppConfig

__all__ = ["WebConfig"]


class WebConfig(AppConfig):
    """Pages for people."""

    name = "nexus.web"
    label = "web"
