"""The user that PostgreSQL runs as, by our user and the machine's capabilities."""

import os
import sys
from pathlib import Path

import pytest

from nexus.runtime.embedded import EmbeddedError, identity
from nexus.runtime.embedded.identity import choose_identity

_EXECUTABLE = Path("/nowhere/postgres")
_NAMED, _NAMELESS = 1000, 54321

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


@pytest.fixture(autouse=True)
def _only_some_have_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_has_name", lambda uid: uid in (0, _NAMED, 65534))


def _allow(monkeypatch: pytest.MonkeyPatch, uid: int, *names: str) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(identity, "_works", lambda tried, _: tried.name in names)


@pytest.mark.parametrize(
    ("uid", "allowed", "name", "owner"),
    [
        (_NAMED, (), "own", _NAMED),
        (_NAMELESS, ("namespace",), "namespace", _NAMELESS),
        (0, ("namespace", "dropped"), "namespace", 0),
        (0, ("dropped",), "dropped", 65534),
    ],
)
def test_identity_is_the_first_that_works(
    monkeypatch: pytest.MonkeyPatch, uid: int, allowed: tuple[str, ...], name: str, owner: int
) -> None:
    _allow(monkeypatch, uid, *allowed)
    chosen = choose_identity(_EXECUTABLE)
    assert (name, owner) == (chosen.name, chosen.owner)


@pytest.mark.parametrize(
    ("uid", "allowed", "remedy"),
    [
        (0, (), "run Nexus as a regular user"),
        (_NAMELESS, ("dropped",), "add the user to /etc/passwd"),
    ],
)
def test_identity_where_nothing_works_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, uid: int, allowed: tuple[str, ...], remedy: str
) -> None:
    _allow(monkeypatch, uid, *allowed)
    with pytest.raises(EmbeddedError, match=remedy):
        choose_identity(_EXECUTABLE)


def test_identity_on_a_machine_with_root_alone_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _allow(monkeypatch, 0, "namespace")
    monkeypatch.setattr(identity, "_has_name", lambda uid: uid == 0)
    monkeypatch.setattr("pwd.getpwall", list)
    with pytest.raises(EmbeddedError, match="this machine has none"):
        choose_identity(_EXECUTABLE)
