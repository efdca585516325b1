"""The configuration of the servers, and their URLs."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import redis
from psycopg.conninfo import conninfo_to_dict

from nexus.runtime.embedded import Home, postgres, valkey

_PASSWORD = "p@ss/w:rd?%"
_SOCKETS = Path("/tmp/a folder, with 'signs'")  # noqa: S108 -- nothing is written there


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "'plain'"),
        ("it's", "'it''s'"),
        ("back\\slash", "'back\\\\slash'"),
        ("", "''"),
    ],
)
def test_postgres_value_is_quoted(value: str, expected: str) -> None:
    assert expected == postgres.quoted(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", '"plain"'),
        ('a "word"', '"a \\"word\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("", '""'),
    ],
)
def test_valkey_value_is_quoted(value: str, expected: str) -> None:
    assert expected == valkey.quoted(value)


def test_postgres_listens_on_no_network(tmp_path: Path) -> None:
    text = postgres.configuration(Home(tmp_path), _SOCKETS, clones_files=False)
    assert "listen_addresses = ''" in text.splitlines()
    assert "fsync" not in text


def test_postgres_takes_a_comma_in_the_socket_folder_as_part_of_it(tmp_path: Path) -> None:
    text = postgres.configuration(Home(tmp_path), _SOCKETS, clones_files=False)
    expected = "unix_socket_directories = '\"/tmp/a folder, with ''signs''\"'"
    assert expected in text.splitlines()


@pytest.mark.parametrize("clones_files", [True, False])
def test_postgres_clones_files_only_where_that_works(tmp_path: Path, *, clones_files: bool) -> None:
    text = postgres.configuration(Home(tmp_path), _SOCKETS, clones_files=clones_files)
    assert clones_files == ("file_copy_method = 'clone'" in text.splitlines())


def test_postgres_reads_the_extra_settings_last(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.extra_configuration.touch()
    text = postgres.configuration(home, _SOCKETS, clones_files=False)
    assert text.splitlines()[-1] == f"include = '{home.extra_configuration}'"


def test_valkey_listens_on_no_network_and_keeps_nothing(tmp_path: Path) -> None:
    lines = valkey.configuration(Home(tmp_path), _SOCKETS, _PASSWORD).splitlines()
    assert {'port "0"', 'save ""', 'appendonly "no"'} <= set(lines)


def test_database_url_is_read_back_by_the_driver() -> None:
    read = conninfo_to_dict(postgres.database_url(_SOCKETS, _PASSWORD))
    expected = {
        "user": "nexus",
        "password": _PASSWORD,
        "dbname": "nexus",
        "host": str(_SOCKETS),
        "port": "5432",
    }
    assert expected == read


def test_database_url_is_read_back_by_a_url_parser() -> None:
    parts = urlsplit(postgres.database_url(_SOCKETS, _PASSWORD))
    assert unquote(parts.password or "") == _PASSWORD
    assert parts.path == "/nexus"
    assert parse_qs(parts.query) == {"host": [str(_SOCKETS)], "port": ["5432"]}


def test_cache_url_is_read_back_by_the_driver() -> None:
    client = redis.Redis.from_url(valkey.cache_url(_SOCKETS, _PASSWORD))
    read = client.connection_pool.connection_kwargs
    assert str(_SOCKETS / "valkey.sock") == read["path"]
    assert read["password"] == _PASSWORD
    assert read["db"] == 0
