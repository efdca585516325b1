"""The client's side of the supervisor's protocol."""

import json
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus.runtime.embedded import EmbeddedError, Home, client, start


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def _send(connection: socket.socket, **message: str) -> None:
    connection.sendall(json.dumps(message).encode() + b"\n")


def _ignore(_: str) -> None:
    """Ignore a sentence."""


def test_client_learns_where_the_sockets_are(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    _send(theirs, doing="Starting Valkey.")
    _send(theirs, ready="/a/folder")
    assert Path("/a/folder") == client._await_ready(ours, _ignore)


def test_client_raises_the_sentence_that_it_is_refused_with(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    _send(theirs, fault="The disk is full.")
    with pytest.raises(EmbeddedError, match=r"^The disk is full\.$"):
        client._await_ready(ours, _ignore)


def test_client_notices_that_the_supervisor_is_gone(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    theirs.close()
    assert client._await_ready(ours, _ignore) is None


def test_client_says_what_takes_long_and_says_it_once(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    monkeypatch.setattr(client, "_SAY_AFTER_S", 0.01)
    said: list[str] = []

    def answer(sentence: str) -> None:
        said.append(sentence)
        if len(said) == 1:
            _send(theirs, doing="Creating the database cluster.")
        else:
            _send(theirs, ready="/a/folder")

    client._await_ready(ours, answer)
    assert said == ["Waiting for the embedded services.", "Creating the database cluster."]


def test_client_does_not_follow_a_stale_note_to_a_folder_of_anothers(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    # The path of a socket must be short, and pytest's folders may not be.
    with (
        tempfile.TemporaryDirectory(prefix="trap-", dir="/tmp") as trap,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        Path(trap).chmod(0o755)
        home.lock.write_text(trap)
        listener.bind(f"{trap}/supervisor.sock")
        listener.listen()
        assert client._join(home) is None


def test_start_on_windows_names_wsl2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(EmbeddedError, match="WSL2"):
        start(tmp_path)
