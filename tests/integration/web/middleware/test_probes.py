"""Probes of load balancers, which use a server's IP address."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

ADDRESS = "10.0.1.5:8000"


@pytest.fixture(autouse=True)
def _deployed(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["nexus.example.org"]
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probe_by_address_is_answered(client: Client, path: str) -> None:
    answer = client.get(path, headers={"host": ADDRESS})

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_pages_by_address_are_refused(client: Client) -> None:
    assert client.get("/library/", secure=True, headers={"host": ADDRESS}).status_code == 400


def test_probes_only_read(client: Client) -> None:
    assert client.post("/readyz", headers={"host": ADDRESS}).status_code == 405
