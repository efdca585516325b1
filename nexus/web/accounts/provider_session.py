"""HTTP requests to login providers, without redirects and with limits on time and size."""

import time
from typing import Any

import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

__all__ = ["Adapter", "Session"]

# The timeout of each socket operation, and of the whole request: slow headers restart the former.
WAIT_S, DEADLINE_S = 5, 10
# Documents and keys of providers are a few kilobytes.
MAX_BYTES = 2**20
CHUNK_BYTES = 2**14


class Session(requests.Session):
    """Sends requests with a deadline, and reads responses of a limited size."""

    def request(self, *args: Any, **options: Any) -> requests.Response:
        """Send a request and read the response. Raises `RequestException`."""
        ends_at = time.monotonic() + DEADLINE_S
        options |= {"allow_redirects": False, "stream": True, "timeout": WAIT_S}
        with super().request(*args, **options) as response:
            if response.is_redirect:
                raise requests.TooManyRedirects("the response is a redirect")
            body = bytearray()
            while part := response.raw.read1(CHUNK_BYTES, decode_content=True):
                body += part
                if len(body) > MAX_BYTES:
                    raise requests.RequestException("the response is too large")
                if time.monotonic() > ends_at:
                    raise requests.Timeout("the response takes too long")
        response._content = bytes(body)  # noqa: SLF001 -- its own reader has no limit
        return response


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Makes allauth use our sessions."""

    def get_requests_session(self) -> Session:
        return Session()
