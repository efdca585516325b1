"""Valkey: its configuration, start and readiness."""

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
_REPLY = b"+OK\r\n+PONG\r\n"


def cache_url(sockets: Path, password: str) -> str:
    """Return the URL of the cache on the socket in the folder `sockets`."""
    path = quote(os.fsencode(sockets / SOCKET_NAME))
    return f"unix://:{quote(password, safe='')}@{path}?db=0"


def quoted(value: str) -> str:
    """Return a value as quoted for valkey.conf; it must not contain a line break."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def configuration(home: Home, sockets: Path, password: str) -> str:
    """Return the configuration: unix socket only, a password, no persistence."""
    settings = {
        "port": "0",
        "unixsocket": str(sockets / SOCKET_NAME),
        "unixsocketperm": "700",
        "requirepass": password,
        "dir": str(home.cache),
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        # It is also the message broker, which must refuse writes rather than evict messages.
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
        # The password is in a file, since any user of the machine can read command lines.
        self._configuration = home.path / "valkey.conf"

    def prepare(self, holds: Holds) -> None:
        """Write the configuration."""
        holds.tell("Starting Valkey.")
        text = configuration(self._home, self._sockets, self._password())
        write_private(self._configuration, os.fsencode(text))

    def launch(self) -> Child:
        """Start the server; it takes a moment to become ready."""
        log = open_log(self.log)
        try:
            # It stores nothing, so SIGKILL is fine if the supervisor dies.
            return spawn([self._binary, self._configuration], log=log, death_signal=signal.SIGKILL)
        finally:
            os.close(log)

    def answers(self) -> bool:
        """Return whether it answers a PING with the password."""
        request = f"AUTH {self._password()}\r\nPING\r\n".encode("ascii")
        reply = b""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_LIMIT_S)
            try:
                connection.connect(os.fspath(self._sockets / SOCKET_NAME))
                connection.sendall(request)
                while len(reply) < len(_REPLY):
                    part = connection.recv(len(_REPLY))
                    if not part:
                        break
                    reply += part
            except OSError:
                return False
        return reply == _REPLY

    def _password(self) -> str:
        return self._home.secret("valkey_password")
