"""Valkey: its configuration, its start, and whether it answers."""

import os
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from nexus.runtime.embedded.binaries import Binaries
from nexus.runtime.embedded.holds import Holds
from nexus.runtime.embedded.home import Home
from nexus.runtime.embedded.logs import open_log
from nexus.runtime.embedded.private_files import write_private
from nexus.runtime.embedded.processes import spawn
from nexus.runtime.processes import Child

__all__ = ["SOCKET_NAME", "Valkey", "cache_url", "configuration", "quoted"]

SOCKET_NAME = "valkey.sock"
_ANSWER_LIMIT_S = 2.0
_ANSWER = b"+OK\r\n+PONG\r\n"


def cache_url(sockets: Path, password: str) -> str:
    """Return the URL of the cache behind the socket in the folder `sockets`."""
    path = quote(os.fsencode(sockets / SOCKET_NAME))
    return f"unix://:{quote(password, safe='')}@{path}?db=0"


def quoted(value: str) -> str:
    """Write a value as valkey.conf takes it, whatever it contains except a line end."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def configuration(home: Home, sockets: Path, password: str) -> str:
    """Write the configuration: unix socket only, a password, nothing kept on disk."""
    settings = {
        "port": "0",
        "unixsocket": str(sockets / SOCKET_NAME),
        "unixsocketperm": "700",
        "requirepass": password,
        "dir": str(home.cache),
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        # It is a message broker as well, and a broker must refuse rather than forget.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "notice",
    }
    return "".join(f"{name} {quoted(value)}\n" for name, value in settings.items())


class Valkey:
    """The embedded Valkey server of a home."""

    name = "Valkey"
    ending = ((signal.SIGTERM, 3.0),)

    def __init__(self, home: Home, sockets: Path, binaries: Binaries) -> None:
        self.log = home.log("valkey")
        self._home = home
        self._sockets = sockets
        self._binary = binaries.valkey_server
        # In a file, since any user of the machine may read a command line.
        self._configuration = home.path / "valkey.conf"

    def prepare(self, holds: Holds) -> None:
        """Write the configuration."""
        holds.tell("Starting Valkey.")
        text = configuration(self._home, self._sockets, self._password())
        write_private(self._configuration, os.fsencode(text))

    def launch(self) -> Child:
        """Start the server, which takes a moment to answer."""
        log = open_log(self.log)
        try:
            # Nothing of it is kept, so that our death may simply kill it.
            return spawn([self._binary, self._configuration], log=log, death_signal=signal.SIGKILL)
        finally:
            os.close(log)

    def answers(self) -> bool:
        """Whether a PING comes back, with the password."""
        question = f"AUTH {self._password()}\r\nPING\r\n".encode("ascii")
        answer = b""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_LIMIT_S)
            try:
                connection.connect(os.fspath(self._sockets / SOCKET_NAME))
                connection.sendall(question)
                while len(answer) < len(_ANSWER):
                    part = connection.recv(len(_ANSWER))
                    if not part:
                        break
                    answer += part
            except OSError:
                return False
        return answer == _ANSWER

    def _password(self) -> str:
        return self._home.secret("valkey_password")
