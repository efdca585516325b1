"""What is answered to machines before anything else is done for them."""

from collections.abc import Callable
from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse

from nexus.web.health.metrics import metrics
from nexus.web.health.views import livez, readyz

__all__ = ["VIEWS", "answer_probes"]

Handler = Callable[[HttpRequest], HttpResponse]

# No other list has these addresses: nothing else looks them up.
VIEWS: dict[str, Handler] = {"/livez": livez, "/readyz": readyz, "/metrics": metrics}


def answer_probes(get_response: Handler) -> Handler:
    """Answer those who watch: load balancers, orchestrators, Prometheus.

    They come from inside by plain HTTP and by an address that no list of hosts has. Nothing that
    they are told depends on the host. A stranger is left to what answers everybody, and finds
    nothing there.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        view = VIEWS.get(request.path_info)
        if view is not None:
            with suppress(Http404):
                return view(request)
        return get_response(request)

    return handle
