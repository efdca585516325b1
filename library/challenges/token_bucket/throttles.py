"""One limit kept in three ways: what Django REST framework has, a token bucket, fixed windows."""

import time

from django.conf import settings
from redis import Redis
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from nexus.core.cache.rate_limits import Limit, take

__all__ = ["LIMIT", "WINDOW_S", "FixedWindow", "Stock", "TokenBucket", "store"]

# Fifty a second: a window as short as the stock throttle knows, so that trials can be short.
LIMIT = 50
WINDOW_S = 1

store = Redis.from_url(settings.CACHE_URL)


# anchor: stock
class Stock(SimpleRateThrottle):
    """Reads the past requests, decides, writes them back."""

    rate = f"{LIMIT}/second"

    def get_cache_key(self, _request: Request, view: APIView) -> str:
        """Name the client."""
        return str(view.kwargs["key"])


# end: stock


# anchor: token_bucket
class TokenBucket(BaseThrottle):
    """Takes a token, in one step."""

    limit = Limit(burst=LIMIT, rate=LIMIT / WINDOW_S)

    def allow_request(self, _request: Request, view: APIView) -> bool:
        """Return whether a token was left."""
        return take(view.kwargs["key"], self.limit).allowed


# end: token_bucket


# anchor: fixed_window
class FixedWindow(BaseThrottle):
    """Counts the requests of each second by itself, in one step."""

    def allow_request(self, _request: Request, view: APIView) -> bool:
        """Return whether the count of this second is within the limit."""
        window = int(time.time() // WINDOW_S)
        key = f"{view.kwargs['key']}:{window}"
        both = store.pipeline()
        both.incr(key)
        both.expire(key, 2 * WINDOW_S)
        counted, _ = both.execute()
        return int(counted) <= LIMIT


# end: fixed_window
