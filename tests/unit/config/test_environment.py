"""Environment variables are read with their types, and refused with a remedy."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from nexus.config import environment


def test_read_text_missing_names_variable_and_remedy() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY is not set\. Make one\."):
        environment.read_text("SECRET_KEY", remedy="Make one.", environ={"SECRET_KEY": "  "})


@pytest.mark.parametrize(("text", "value"), [("1", True), ("TRUE", True), ("no", False)])
def test_read_flag_words(text: str, *, value: bool) -> None:
    assert value is environment.read_flag("F", default=not value, environ={"F": text})


def test_read_flag_unset_is_default() -> None:
    assert environment.read_flag("F", default=True, environ={}) is True


def test_read_flag_other_word_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"F is 'maybe'\. Set it to 1 or 0"):
        environment.read_flag("F", default=True, environ={"F": "maybe"})


def test_read_choice_any_case() -> None:
    level = environment.read_choice(
        "L", choices=("INFO", "ERROR"), default="INFO", environ={"L": "error"}
    )
    assert level == "ERROR"


def test_read_choice_unknown_lists_choices() -> None:
    with pytest.raises(ImproperlyConfigured, match="one of INFO, ERROR"):
        environment.read_choice(
            "L", choices=("INFO", "ERROR"), default="INFO", environ={"L": "loud"}
        )


def test_read_list_drops_blanks() -> None:
    hosts = environment.read_list("H", default=("a",), environ={"H": " x.org, ,y.org "})
    assert hosts == ["x.org", "y.org"]


def test_read_database_socket_folder_and_quoted_password() -> None:
    database = environment.read_database(
        "D",
        environ={"D": "postgresql://nexus:p%40ss@/main?host=/tmp/a%20b&port=5433&options=-c%20x"},
    )
    assert database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "main",
        "USER": "nexus",
        "PASSWORD": "p@ss",
        "HOST": "/tmp/a b",  # noqa: S108 -- only read back
        "PORT": "5433",
        "OPTIONS": {"options": "-c x"},
    }


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "D is not set"),
        ("mysql://localhost/x", "does not begin with postgresql://"),
        ("postgresql://localhost:port/x?bad", "cannot be read"),
        ("postgresql://localhost", "names no database"),
    ],
)
def test_read_database_faults_give_an_example(url: str, fault: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        environment.read_database("D", environ={"D": url})
    assert fault in str(caught.value)
    assert "postgresql://user:password@host:5432/nexus" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("redis://host:6379/2", "redis://host:6379/2"),
        ("valkey://host/0", "redis://host/0"),
        ("valkeys://host/0", "rediss://host/0"),
        ("unix://:pw@/run/valkey.sock?db=0", "unix://:pw@/run/valkey.sock?db=0"),
    ],
)
def test_read_cache_url_schemes(given: str, read: str) -> None:
    assert read == environment.read_cache_url("C", environ={"C": given})


def test_read_cache_url_other_scheme_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="begins with 'memcached'"):
        environment.read_cache_url("C", environ={"C": "memcached://host"})


@pytest.mark.parametrize(
    ("cache", "broker"),
    [
        ("redis://:pw@host:6379/0", "redis://:pw@host:6379/1"),
        ("unix://:pw@/run/valkey.sock?db=0", "redis+socket://:pw@/run/valkey.sock?virtual_host=1"),
    ],
)
def test_read_broker_url_defaults_to_second_database_of_cache(cache: str, broker: str) -> None:
    assert broker == environment.read_broker_url("B", cache_url=cache, environ={})


def test_read_broker_url_rabbitmq() -> None:
    url = "amqp://guest:guest@host:5672//"
    assert url == environment.read_broker_url("B", cache_url="redis://h/0", environ={"B": url})


def test_read_broker_url_other_scheme_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="amqp:// or redis://"):
        environment.read_broker_url("B", cache_url="redis://h/0", environ={"B": "sqs://"})
