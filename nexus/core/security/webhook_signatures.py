"""Webhook signatures according to Standard Webhooks 1.0.

The signature covers the message's id, the timestamp in seconds, and the raw body, so that a message
can be neither changed nor replayed later. A message may have several signatures while a secret is
being rotated. (https://www.standardwebhooks.com)
"""

import base64
import binascii
import hmac
import re
import secrets
import time
from collections.abc import Iterable, Mapping

from nexus.core.errors import NotAllowedError

__all__ = ["TOLERANCE_S", "SignatureError", "make_secret", "sign", "verify"]

TOLERANCE_S = 300
"""The maximum difference between the message's timestamp and this server's clock."""

PREFIX = "whsec_"
ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,100}", re.ASCII)
SECOND = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignatureError(NotAllowedError):
    """Invalid signature. Sign webhook-id, webhook-timestamp (now) and the raw body."""

    code = "signature_invalid"


def make_secret() -> str:
    """Return a new random secret of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(
    body: bytes, *, secrets: Iterable[str], message_id: str, at: int | None = None
) -> dict[str, str]:
    """Return the headers of a signed message; `at` is its timestamp in seconds, by default now."""
    second = str(int(time.time()) if at is None else at)
    signatures = [_signature(secret, message_id, second, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": second,
        "webhook-signature": " ".join(signatures),
    }


def verify(body: bytes, *, secrets: Iterable[str], headers: Mapping[str, str]) -> str:
    """Return the id of a message signed with one of `secrets`. Raises `SignatureError`.

    `headers` must be case-insensitive, as those of a request are.
    """
    message_id = headers.get("webhook-id") or ""
    second = headers.get("webhook-timestamp") or ""
    signatures = (headers.get("webhook-signature") or "").encode("utf-8", "replace").split()
    if not ID.fullmatch(message_id) or not SECOND.fullmatch(second):
        raise SignatureError
    if abs(time.time() - int(second)) > TOLERANCE_S:
        raise SignatureError("The timestamp is too old, or too far in the future.")
    # All pairs are compared, each in constant time, so that the duration reveals nothing.
    expected = [_signature(secret, message_id, second, body).encode() for secret in secrets]
    if not sum(hmac.compare_digest(own, other) for own in expected for other in signatures):
        raise SignatureError
    return message_id


def _signature(secret: str, message_id: str, second: str, body: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A secret must be `whsec_` followed by base64.") from error
    signed = f"{message_id}.{second}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
