"""Environment variables are read with their types, and refused with a remedy."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from nexus.config import environment
from nexus.config.environment import LoginProvider, MailRoute, read_provider

FILES = "django.core.mail.backends.filebased.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


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


def test_read_carriers_by_name() -> None:
    told = "swift=https://a.test/q?key=1, slow=http://127.0.0.1:9/slow"
    found = environment.read_carriers("C", environ={"C": told})
    assert found == {"swift": "https://a.test/q?key=1", "slow": "http://127.0.0.1:9/slow"}
    assert environment.read_carriers("C", environ={}) == {}


@pytest.mark.parametrize(
    "told",
    [
        "swift",
        "=https://a.test/",
        "swift=ftp://a.test/",
        "swift=https://",
        f"{'s' * 41}=https://a.b",
    ],
)
def test_read_carriers_refuses_anything_but_name_and_url(told: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"C has .* such as swift=https://host/quotes"):
        environment.read_carriers("C", environ={"C": told})


def test_read_carriers_refuses_a_second_of_a_name() -> None:
    told = "swift=https://a.test/,swift=https://b.test/"
    with pytest.raises(ImproperlyConfigured, match="C has swift twice"):
        environment.read_carriers("C", environ={"C": told})


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


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", MailRoute(FILES, folder="/home/a b/mail")),
        ("file:///var/mails", MailRoute(FILES, folder="/var/mails")),
        (
            "smtp://ada:p%40ss@host",
            MailRoute(SMTP, host="host", port=587, user="ada", password="p@ss", starttls=True),
        ),
        ("smtps://host", MailRoute(SMTP, host="host", port=465, tls=True)),
        ("smtp+plain://127.0.0.1:1025", MailRoute(SMTP, host="127.0.0.1", port=1025)),
    ],
)
def test_read_email_url_schemes(given: str, read: MailRoute) -> None:
    folder = Path("/home/a b/mail")
    assert read == environment.read_email_url("E", folder=folder, environ={"E": given})


@pytest.mark.parametrize("given", ["host:25", "smtp://", "http://host", "smtp://host:port"])
def test_read_email_url_that_cannot_be_read_is_refused(given: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="smtp://user:password@host:587"):
        environment.read_email_url("E", folder=Path("/"), environ={"E": given})


def test_read_cache_url_other_scheme_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="begins with 'memcached'"):
        environment.read_cache_url("C", environ={"C": "memcached://host"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("  ", ""),
        ("https://host/edit/main", "https://host/edit/main/"),
        ("http://host/edit/main/", "http://host/edit/main/"),
    ],
)
def test_read_address_ends_with_a_slash(text: str, value: str) -> None:
    assert value == environment.read_address("A", environ={"A": text})


@pytest.mark.parametrize("text", ["host/edit", "javascript:alert(1)", "ftp://host/", "https://"])
def test_read_address_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="Set it to an address such as https://"):
        environment.read_address("A", environ={"A": text})


def read_x(**environ: str) -> list[LoginProvider]:
    return read_provider("ID", "SECRET", "ISSUER", slug="x", name="X", environ=environ)


def test_a_provider_is_offered_when_its_variables_are_set() -> None:
    assert read_x() == []
    found = read_x(ID="i", SECRET="s", ISSUER="https://id.example.org/")
    assert found == [LoginProvider("x", "X", "i", "s", "https://id.example.org")]


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"ID": "i"}, "SECRET is not set, but others of X are. Set all of ID, SECRET, ISSUER."),
        ({"ID": "i", "SECRET": "s", "ISSUER": "http://id.example.org"}, "an https:// address"),
        ({"ID": "i", "SECRET": "s", "ISSUER": "id.example.org"}, "an https:// address"),
    ],
)
def test_a_provider_half_set_is_refused(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        read_x(**environ)
