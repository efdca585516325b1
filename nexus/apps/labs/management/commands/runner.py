"""`nexus manage runner`: carry out lab runs until ended."""

import signal
from threading import Event
from types import FrameType

from django.core.management.base import BaseCommand

from nexus.apps.labs.running.runner import Runner
from nexus.core.observability import heartbeat

__all__ = ["Command"]


class Command(BaseCommand):
    """Carry out lab runs, one at a time, until SIGINT or SIGTERM."""

    help = "Carry out lab runs, one at a time, until SIGINT or SIGTERM."

    def handle(self, **_options: object) -> None:
        """Run until asked to stop."""
        stopped = Event()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            stopped.set()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        heartbeat.start("runner")
        Runner(keep_going=lambda: not stopped.is_set()).serve()
