"""What the lab's servers serve: one address for each throttle."""

import os
import threading
import time

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from library.challenges.token_bucket import account
from library.challenges.token_bucket.throttles import FixedWindow, Stock, TokenBucket

__all__ = ["application", "urlpatterns"]

PARENT_S = 0.5

THROTTLES: dict[str, type[BaseThrottle]] = {
    "stock": Stock,
    "token_bucket": TokenBucket,
    "fixed_window": FixedWindow,
}


class Limited(APIView):
    """A view that does nothing but let a request through, or not."""

    # anchor: account
    def check_throttles(self, request: Request) -> None:
        before = time.time()
        super().check_throttles(request)  # a refused request raises
        account.write(self.kwargs["key"], before, time.time())

    # end: account

    def get(self, _request: Request, **_key: str) -> Response:
        """Answer the request that was let through."""
        return Response({})


def process(_request: HttpRequest) -> JsonResponse:
    """Report which process answers."""
    return JsonResponse({"process": os.getpid()})


def end_with_parent(parent: int) -> None:
    """Wait for the death of the server's main process, and end this one, which would go on."""
    while os.getppid() == parent:
        time.sleep(PARENT_S)
    os._exit(1)


urlpatterns = [
    path("process", process),
    *(
        path(f"{name}/<str:key>", Limited.as_view(throttle_classes=[throttle]))
        for name, throttle in THROTTLES.items()
    ),
]
application = get_wsgi_application()
threading.Thread(target=end_with_parent, args=[os.getppid()], daemon=True).start()
