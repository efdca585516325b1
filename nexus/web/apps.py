"""The web app, which has no models."""

from django.apps import AppConfig

__all__ = ["WebConfig"]


class WebConfig(AppConfig):
    """The website."""

    name = "nexus.web"
    label = "web"
