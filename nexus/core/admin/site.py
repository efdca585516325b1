"""The site of the admin: entered by the service's own log-in, by who holds a right to."""

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

# A second form for passwords would know nothing of lock-outs, second factors and ended log-ins.
LEFT_OUT = frozenset({"password_change", "password_change_done"})


class Site(admin.AdminSite):
    """What support sees and admins change."""

    site_header = site_title = "Nexus admin"
    index_title = "Tables"
    # The tables need the width; the first page is one step away.
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Show a table of ours; what libraries register would show secrets, and let them change."""
        if admin_class is not None and issubclass(admin_class, Table):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether who asks may enter."""
        return request.user.is_active and request.user.has_module_perms("admin")

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send strangers to the log-in of the service. Raises `NotAllowedError` for others."""
        del extra_context
        wanted = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if self.has_permission(request):
            return redirect("admin:index")
        raise NotAllowedError("The admin is for support and administrators only.")

    def get_urls(self) -> list[Any]:
        """Return the addresses of the admin, without its own forms for passwords."""
        return [url for url in super().get_urls() if getattr(url, "name", "") not in LEFT_OUT]
