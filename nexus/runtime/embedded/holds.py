"""The processes that hold the services, each with one open connection.

The kernel closes a connection when its process ends for any reason, so a hold cannot outlive its
process.
"""

import json
import selectors
import signal
import socket
import time
from contextlib import suppress
from functools import partial

__all__ = ["Holds", "Released"]

_FIRST_HOLD_LIMIT_S = 30.0


class Released(Exception):  # noqa: N818 -- not an error: it ends the supervisor's current work
    """The last hold was released, or the supervisor was told to stop."""


class Holds:
    """The connections of the clients, and the signals of children and users.

    `grace_s` is how long the services keep running after the last hold is released.
    """

    def __init__(self, listener: socket.socket, *, grace_s: float) -> None:
        self._listener = listener
        self._grace_s = grace_s
        self._selector = selectors.DefaultSelector()
        self._held: set[socket.socket] = set()
        self._waiting: set[socket.socket] = set()
        self._told_to_end = False
        self._refused = False
        self._alone_until = time.monotonic() + _FIRST_HOLD_LIMIT_S
        self._alarm, self._alarm_end = socket.socketpair()
        self._listen_to_signals()
        listener.setblocking(False)  # noqa: FBT003 -- the standard library takes it by position
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._alarm, selectors.EVENT_READ, self.forget_signals)

    def add(self, connection: socket.socket) -> None:
        """Add a connection as a hold; its process waits until the services answer."""
        connection.setblocking(False)  # noqa: FBT003 -- the standard library takes it by position
        self._held.add(connection)
        self._waiting.add(connection)
        self._selector.register(connection, selectors.EVENT_READ, partial(self._read, connection))

    def wait(self, timeout_s: float) -> None:
        """Return when something has happened, after `timeout_s` at the latest.

        Raises `Released` if the last hold was released longer than the grace period ago, or if the
        supervisor was told to stop.
        """
        if not self._held:
            timeout_s = min(timeout_s, max(0.0, self._alone_until - time.monotonic()))
        for key, _ in self._selector.select(timeout_s):
            key.data()
        if self._told_to_end or (not self._held and time.monotonic() >= self._alone_until):
            raise Released

    def forget_signals(self) -> None:
        """Clear the wake-ups of children that have ended, so that `wait` blocks again."""
        with suppress(BlockingIOError):
            while self._alarm.recv(1024):
                pass

    def anyone_waits(self) -> bool:
        """Return whether a process waits until the services answer."""
        return bool(self._waiting)

    def tell(self, doing: str) -> None:
        """Report the current activity to waiting processes."""
        self._send({"doing": doing})

    def welcome(self, sockets: str) -> None:
        """Report to waiting processes that the services answer, and the folder of their sockets."""
        self._send({"ready": sockets})
        self._waiting.clear()
        self._refused = False

    def refuse(self, fault: str) -> None:
        """Report to waiting processes why the services cannot be started."""
        self._send({"fault": fault})
        self._waiting.clear()
        self._refused = True

    def stop_listening(self) -> None:
        """Accept no further holds: the next client starts its own supervisor."""
        self._selector.unregister(self._listener)
        self._listener.close()

    def _listen_to_signals(self) -> None:
        for end in (self._alarm, self._alarm_end):
            end.setblocking(False)  # noqa: FBT003 -- the standard library takes it by position
        signal.set_wakeup_fd(self._alarm_end.fileno(), warn_on_full_buffer=False)
        # The parent process may have blocked or ignored some, which is inherited.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, _wake)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])

    def _end(self, *_: object) -> None:
        self._told_to_end = True

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            while True:
                self.add(self._listener.accept()[0])

    def _read(self, connection: socket.socket) -> None:
        try:
            is_closed = not connection.recv(1024)
        except BlockingIOError:
            return
        except OSError:
            is_closed = True
        if is_closed:
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        self._held.discard(connection)
        self._waiting.discard(connection)
        connection.close()
        if not self._held:
            # There is no point in keeping services that failed.
            grace_s = 0.0 if self._refused else self._grace_s
            self._alone_until = time.monotonic() + grace_s

    def _send(self, message: dict[str, str]) -> None:
        line = json.dumps(message).encode() + b"\n"
        for connection in tuple(self._waiting):
            try:
                connection.sendall(line)
            except OSError:
                self._drop(connection)


def _wake(*_: object) -> None:
    """Do nothing: with a handler, the kernel keeps an ended child until it is reaped."""
