"""Django's admin with a custom site."""

from django.contrib.admin import apps

__all__ = ["AdminConfig"]


class AdminConfig(apps.AdminConfig):
    """The pages at `/admin/`."""

    default_site = "nexus.core.admin.site.Site"
