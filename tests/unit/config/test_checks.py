"""System checks of settings: each reports a fault once, with an id and a hint."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.checks import CheckMessage
from pytest_django.fixtures import Settings

from nexus.config import broker, checks
from nexus.config.environment import MailRoute

SMTP = MailRoute("django.core.mail.backends.smtp.EmailBackend", host="mail.example.org")
FILES = MailRoute("django.core.mail.backends.filebased.EmailBackend", folder="/mail")


def ids(check: Callable[..., Iterable[CheckMessage]]) -> list[str | None]:
    return [message.id for message in check()]


@pytest.mark.parametrize(
    ("check", "wrong", "right", "expected"),
    [
        (
            checks.check_public_url,
            {"MAIL_ROUTE": SMTP, "PUBLIC_URL": "", "ACCOUNT_URL": ""},
            {"MAIL_ROUTE": SMTP, "PUBLIC_URL": "https://nexus.example.org", "ACCOUNT_URL": ""},
            "nexus.W002",
        ),
        (checks.check_mail, {"MAIL_ROUTE": FILES}, {"MAIL_ROUTE": SMTP}, "nexus.W003"),
        (checks.check_metrics, {"METRICS_TOKEN": ""}, {"METRICS_TOKEN": "t"}, "nexus.W004"),
        (
            checks.check_loopback_webhooks,
            {"WEBHOOKS_LOOPBACK": True},
            {"WEBHOOKS_LOOPBACK": False},
            "nexus.W005",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_check_warns_of_wrong_settings_alone(
    check: Any, wrong: dict[str, Any], right: dict[str, Any], expected: str, settings: Settings
) -> None:
    for name, value in wrong.items():
        setattr(settings, name, value)
    assert ids(check) == [expected]
    for name, value in right.items():
        setattr(settings, name, value)
    assert ids(check) == []


def test_mails_in_files_need_no_public_url(settings: Settings) -> None:
    settings.MAIL_ROUTE, settings.PUBLIC_URL, settings.ACCOUNT_URL = FILES, "", ""
    assert ids(checks.check_public_url) == []


def test_checks_of_servers_run_only_on_request() -> None:
    for check in (
        checks.check_database,
        checks.check_connections,
        checks.check_cache,
        checks.check_broker,
    ):
        assert ids(check) == []


def test_missing_driver_of_the_broker_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise ImportError("No module named 'amqp'")

    monkeypatch.setattr(broker, "count_waiting", fail)
    (message,) = checks.check_broker(databases=["default"])
    assert message.id == "nexus.E007"
    assert "No module named 'amqp'" in message.msg
