"""A front end of another origin may use the API with tokens if it is named, and no other."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

SHOP = "https://shop.example.org"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _origins(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def preflight(origin: str, path: str = "/api/v1/products/") -> Any:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return Client().options(path, headers=asked)


@pytest.mark.parametrize("path", ["/api/v1/products/", "/graphql/", "/.well-known/jwks.json"])
def test_a_named_origin_may_ask(path: str) -> None:
    answer = preflight(SHOP, path)

    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert {"authorization", "if-match", "idempotency-key"} <= set(allowed.split(", "))
    # Cookies of this origin are never sent.
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "path"),
    [
        ("https://other.example.org", "/api/v1/products/"),
        ("https://shop.example.org.evil.example", "/api/v1/products/"),
        ("http://shop.example.org", "/api/v1/products/"),
        ("null", "/api/v1/products/"),
        (SHOP, "/library/"),
    ],
)
def test_other_origins_are_refused(origin: str, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(origin, path).headers


def test_an_answer_shows_its_headers_to_a_named_origin() -> None:
    answer = Client().get("/api/v1/products/", headers={"Origin": SHOP})

    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "origin" in answer.headers["Vary"].lower()
    shown = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"etag", "location", "ratelimit", "retry-after"} <= shown
