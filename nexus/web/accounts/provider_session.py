"""The requests that log-in providers are sent: none is followed elsewhere, no answer is endless."""

import time
from typing import Any

import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

__all__ = ["Adapter", "Session"]

# Of each wait, and of all together; headers that dribble in have a wait each.
WAIT_S, DEADLINE_S = 5, 10
# Documents and keys of providers have some kilobytes.
MAX_BYTES = 2**20
CHUNK_BYTES = 2**14


class Session(requests.Session):
    """Asks within a deadline, and reads one answer of a bounded size."""

    def request(self, *asked: Any, **options: Any) -> requests.Response:
        """Ask, and read the answer. Raises `RequestException`."""
        ends_at = time.monotonic() + DEADLINE_S
        options |= {"allow_redirects": False, "stream": True, "timeout": WAIT_S}
        with super().request(*asked, **options) as answer:
            if answer.is_redirect:
                raise requests.TooManyRedirects("the answer leads elsewhere")
            body = bytearray()
            while part := answer.raw.read1(CHUNK_BYTES, decode_content=True):
                body += part
                if len(body) > MAX_BYTES:
                    raise requests.RequestException("the answer is too large")
                if time.monotonic() > ends_at:
                    raise requests.Timeout("the answer takes too long")
        answer._content = bytes(body)  # noqa: SLF001 -- it would read on without a bound
        return answer


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Lets allauth ask by our sessions."""

    def get_requests_session(self) -> Session:
        """Return what a provider is asked with."""
        return Session()
