"""The admin site, which uses the service's own login and requires the admin permission."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from nexus.core.admin.tables import Table
from nexus.core.errors import NotAllowedError

__all__ = ["Site"]

# A second password form would bypass lockouts, second factors and the revocation of sessions.
LEFT_OUT = frozenset({"password_change", "password_change_done"})


class Site(admin.AdminSite):
    """The admin site for support and administrators."""

    site_header = site_title = "Nexus admin"
    index_title = "Tables"
    # The tables need the width; the index page is one click away.
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register a model with a `Table`.

        Other registrations are ignored: the admins of libraries would show secrets and let them be
        changed.
        """
        if admin_class is not None and issubclass(admin_class, Table):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may use the admin."""
        return request.user.is_active and request.user.has_module_perms("admin")

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect anonymous users to the service's login; raises `NotAllowedError` for others."""
        del extra_context
        next_url = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(next_url)
        if self.has_permission(request):
            return redirect("admin:index")
        raise NotAllowedError("Your role does not give access to the admin.")

    def get_urls(self) -> list[Any]:
        """Return the admin's URLs, without its own password forms."""
        return [url for url in super().get_urls() if getattr(url, "name", "") not in LEFT_OUT]
