"""Nothing waits for a broker that hangs."""

import socket
import time
from functools import partial

import pytest
from django.conf import settings
from kombu.exceptions import OperationalError

from nexus.config import broker
from nexus.config.broker import transport_options
from nexus.config.celery import app
from nexus.core.deadlines import SingleFlight

PATIENCE_S = 60

pytestmark = pytest.mark.servers


def test_a_broker_that_lets_in_and_says_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        ask = partial(
            app.connection_for_read, address, transport_options=transport_options(address)
        )
        monkeypatch.setattr(app, "connection_for_read", ask)
        with pytest.raises(OperationalError):
            SingleFlight("ask", broker.count_waiting).wait(time.monotonic() + PATIENCE_S)


def test_only_valkey_has_the_limits_that_are_its_own() -> None:
    assert app.conf.broker_transport_options == transport_options(settings.BROKER_URL)
    assert "socket_timeout" in transport_options("redis+socket:///valkey.sock?virtual_host=1")
    assert "socket_timeout" not in transport_options("amqps://broker:5671//")
