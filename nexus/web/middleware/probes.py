"""Health and metrics endpoints, handled before any other middleware."""

from collections.abc import Callable
from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse

from nexus.web.health.metrics import metrics
from nexus.web.health.views import livez, readyz

__all__ = ["VIEWS", "answer_probes"]

Handler = Callable[[HttpRequest], HttpResponse]

# These paths are in no URLconf: nothing else resolves them.
VIEWS: dict[str, Handler] = {"/livez": livez, "/readyz": readyz, "/metrics": metrics}


def answer_probes(get_response: Handler) -> Handler:
    """Handle the requests of load balancers, orchestrators and Prometheus.

    They come from inside the network, over plain HTTP and to an IP address that is not in
    `ALLOWED_HOSTS`; no response depends on the host. A client without access is passed on to the
    URLconf, which returns 404.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        view = VIEWS.get(request.path_info)
        if view is not None:
            with suppress(Http404):
                return view(request)
        return get_response(request)

    return handle
