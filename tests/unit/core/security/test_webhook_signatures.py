"""Signed messages: only signatures by Standard Webhooks are accepted."""

import base64
import time

import pytest

from nexus.core.security.webhook_signatures import SignatureError, make_secret, sign, verify

BODY = b'{"type": "payment.succeeded"}'
SECRET = make_secret()
NOW = 1_800_000_000


def signed(**changed: str) -> dict[str, str]:
    return {**sign(BODY, secrets=[SECRET], message_id="msg_1"), **changed}


def test_the_example_of_the_specification_is_signed_as_there() -> None:
    # From the specification's own verification example.
    headers = sign(
        b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=1614265330,
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_known_by_its_id() -> None:
    assert verify(BODY, secrets=[SECRET], headers=signed()) == "msg_1"


def test_secrets_that_are_being_replaced_are_both_good() -> None:
    new = make_secret()

    assert verify(BODY, secrets=[new, SECRET], headers=signed()) == "msg_1"
    both = sign(BODY, secrets=[SECRET, new], message_id="msg_2")
    assert verify(BODY, secrets=[new], headers=both) == "msg_2"


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-id": "msg.2"},
        {"webhook-timestamp": str(int(time.time()) - 10)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": "-1"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": f"v1,{base64.b64encode(bytes(32)).decode()}"},
    ],
)
def test_changed_message_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        verify(BODY, secrets=[SECRET], headers=signed(**changed))


def test_another_body_another_secret_and_none_are_refused() -> None:
    for body, secrets in ((BODY + b" ", [SECRET]), (BODY, [make_secret()]), (BODY, [])):
        with pytest.raises(SignatureError):
            verify(body, secrets=secrets, headers=signed())


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_message_of_another_time_is_refused(
    seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    old = sign(BODY, secrets=[SECRET], message_id="msg_1", at=NOW + seconds)
    with pytest.raises(SignatureError, match="too old"):
        verify(BODY, secrets=[SECRET], headers=old)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_message_within_five_minutes_is_accepted(
    seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    recent = sign(BODY, secrets=[SECRET], message_id="msg_1", at=NOW + seconds)
    assert verify(BODY, secrets=[SECRET], headers=recent) == "msg_1"


def test_invalid_secret_is_an_error() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        sign(BODY, secrets=["whsec_a"], message_id="msg_1")
