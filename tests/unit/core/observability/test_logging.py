"""Logged exceptions: in full on a laptop, without their texts on a deployment."""

import io
import json
import logging
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import structlog

from nexus.core.observability.logging import Discreet, add_error, logging_config, tell_error

ADDRESS = "ada@example.org"


def insert() -> None:
    raise psycopg.errors.UniqueViolation(f"Key (email)=({ADDRESS}) already exists")


def mail() -> None:
    try:
        insert()
    except psycopg.Error as error:
        raise smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"unknown")}) from error


def refused() -> None:
    """Raise an error with causes, each of which names a person."""
    try:
        mail()
    except smtplib.SMTPException:
        raise ExceptionGroup(ADDRESS, [KeyError(ADDRESS)])  # noqa: B904 -- by accident, as it happens


@contextmanager
def logger(*, texts: bool) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """Return a logger configured as that of a service, and its output."""
    config = logging_config(level="INFO", as_json=True, texts=texts)
    form = config["formatters"]["nexus"]
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.addFilter(Discreet(texts=texts))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=form["processors"], foreign_pre_chain=form["foreign_pre_chain"]
        )
    )
    made = logging.getLogger(f"tests.telling.{texts}")
    made.propagate = False
    made.addHandler(handler)
    yield made, told
    made.removeHandler(handler)


def tell_all(made: logging.Logger) -> None:
    """Log an error in every possible way."""
    with pytest.raises(ExceptionGroup) as caught:
        refused()
    error = caught.value
    structlog.get_logger(made.name).error("broke", exc_info=error, error=error)
    made.error("%s broke", error, exc_info=error)
    made.error("Task %(name)s: %(exc)s", {"name": "mail", "exc": repr(error)}, exc_info=error)


def test_a_deployment_logs_only_type_and_stack_of_an_error() -> None:
    with logger(texts=False) as (made, told):
        tell_all(made)
    lines: list[dict[str, Any]] = [json.loads(line) for line in told.getvalue().splitlines()]
    assert ADDRESS not in told.getvalue()
    for line in lines:
        for part in (
            "UniqueViolation (23505)",
            "SMTPRecipientsRefused",
            "KeyError",
            "in refused",
            "in insert",
        ):
            assert part in line["exception"]
    assert lines[0]["error"] == "ExceptionGroup"
    assert [line["event"] for line in lines[1:]] == [
        "ExceptionGroup broke",
        "Task mail: ExceptionGroup",
    ]


def test_a_laptop_logs_an_error_in_full() -> None:
    with logger(texts=True) as (made, told):
        tell_all(made)
    for line in told.getvalue().splitlines():
        assert line.count(ADDRESS) > 1


def test_suppressed_and_circular_causes_are_logged_once() -> None:
    first, second = ValueError(ADDRESS), KeyError(ADDRESS)
    first.__context__, second.__cause__ = second, first
    assert tell_error(first) == "KeyError\nValueError"
    first.__suppress_context__ = True
    assert tell_error(first) == "ValueError"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (OSError(111, ADDRESS), "ConnectionRefusedError (111)"),
        (smtplib.SMTPDataError(554, ADDRESS), "SMTPDataError (554)"),
        (ValueError(ADDRESS), "ValueError"),
    ],
)
def test_an_error_is_named_with_its_code(error: Exception, name: str) -> None:
    assert add_error(error) == name
