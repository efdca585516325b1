"""The addresses of the API, assembled from those of each app."""

from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from nexus.api.about import rest as about
from nexus.api.about import urls as about_urls
from nexus.api.graphql.view import View
from nexus.api.labs import urls as labs
from nexus.api.library import urls as library
from nexus.api.orders import urls as orders
from nexus.api.products import urls as products
from nexus.api.schema import schema
from nexus.api.stays import urls as stays
from nexus.api.users import urls as users

__all__ = ["urlpatterns", "version_1", "version_2"]

NOWHERE = re_path(r"^[\s\S]*$", about.not_found)

version_1 = [
    # Django tries them in turn, so the most requested come first.
    *products.version_1,
    *orders.version_1,
    *stays.version_1,
    *library.version_1,
    *labs.version_1,
    *about_urls.version_1,
    *users.version_1,
    NOWHERE,
]

# An address names the version of its own resource: only what has changed is here.
version_2 = [*library.version_2, NOWHERE]

urlpatterns = [
    # A signed-in browser's CSRF token is checked where the user is looked up, as in REST, so that
    # programs without a session need none.
    path("graphql/", csrf_exempt(View.as_view(schema=schema)), name="graphql"),
    *library.unversioned,
    *users.unversioned,
    path("api/v1/", include(version_1)),
    path("api/v2/", include(version_2)),
]
