"""Signed messages between servers, as Standard Webhooks 1.0 has them.

What is signed is the message's id, the second in which it was sent, and the body byte for byte, so
that a message can be neither changed nor sent again later. Several signatures may stand side by
side while a secret is being replaced. (https://www.standardwebhooks.com)
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
"""How far the clocks of two servers may be apart, and for how long a message may be under way."""

PREFIX = "whsec_"
ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,100}", re.ASCII)
SECOND = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignatureError(NotAllowedError):
    """The signature does not fit: sign webhook-id, webhook-timestamp and the raw body, and now."""

    code = "signature_invalid"


def make_secret() -> str:
    """Make a secret of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(
    body: bytes, *, secrets: Iterable[str], message_id: str, at: int | None = None
) -> dict[str, str]:
    """Return the headers of a signed message; `at` is the second in which it is sent, or now."""
    second = str(int(time.time()) if at is None else at)
    signatures = [_signature(secret, message_id, second, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": second,
        "webhook-signature": " ".join(signatures),
    }


def verify(body: bytes, *, secrets: Iterable[str], headers: Mapping[str, str]) -> str:
    """Return the id of a message that one of `secrets` has signed. Raises `SignatureError`.

    `headers` find a name in any case, as those of a request do.
    """
    message_id = headers.get("webhook-id") or ""
    second = headers.get("webhook-timestamp") or ""
    given = (headers.get("webhook-signature") or "").encode("utf-8", "replace").split()
    if not ID.fullmatch(message_id) or not SECOND.fullmatch(second):
        raise SignatureError
    if abs(time.time() - int(second)) > TOLERANCE_S:
        raise SignatureError("The timestamp is too old, or too far in the future.")
    # Every pair is compared, each in constant time: how long it takes tells nothing.
    right = [_signature(secret, message_id, second, body).encode() for secret in secrets]
    if not sum(hmac.compare_digest(one, other) for one in right for other in given):
        raise SignatureError
    return message_id


def _signature(secret: str, message_id: str, second: str, body: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A secret must be `whsec_` followed by base64.") from error
    signed = f"{message_id}.{second}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
