"""The API's app: no models, only addresses for programs."""

from django.apps import AppConfig

__all__ = ["ApiConfig"]


class ApiConfig(AppConfig):
    """REST and GraphQL."""

    name = "nexus.api"
    label = "api"
