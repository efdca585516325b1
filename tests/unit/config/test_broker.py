"""Supported brokers."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

from nexus.config.broker import SCHEMES, read_broker_url, transport_options


@pytest.mark.parametrize(
    ("cache", "broker"),
    [
        ("redis://:pw@host:6379/0", "redis://:pw@host:6379/1"),
        ("unix://:pw@/run/valkey.sock?db=0", "redis+socket://:pw@/run/valkey.sock?virtual_host=1"),
    ],
)
def test_read_broker_url_defaults_to_second_database_of_cache(cache: str, broker: str) -> None:
    assert broker == read_broker_url("B", cache_url=cache, environ={})


def test_read_broker_url_rabbitmq() -> None:
    url = "amqp://guest:guest@host:5672//"
    assert url == read_broker_url("B", cache_url="redis://h/0", environ={"B": url})


def test_read_broker_url_other_scheme_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="one of amqp, amqps, redis"):
        read_broker_url("B", cache_url="redis://h/0", environ={"B": "sqs://"})


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_a_transport_whose_driver_is_installed(scheme: str) -> None:
    assert Connection(f"{scheme}://h/1").transport.driver_version()


def test_every_scheme_is_read_and_has_a_visibility_timeout() -> None:
    for scheme in SCHEMES:
        url = read_broker_url("B", cache_url="redis://h/0", environ={"B": f"{scheme}://h/1"})
        assert transport_options(url)["visibility_timeout"] == 120
    assert "socket_timeout" not in transport_options("amqp://h/1")
