"""`nexus manage runner`: execute lab runs until stopped."""

import signal
from threading import Event
from types import FrameType

from django.core.management.base import BaseCommand

from nexus.apps.labs.running.runner import Runner
from nexus.core.observability import heartbeat

__all__ = ["Command"]


class Command(BaseCommand):
    """Execute lab runs, one at a time, until SIGINT or SIGTERM."""

    help = "Execute lab runs, one at a time, until SIGINT or SIGTERM."

    def handle(self, **_options: object) -> None:
        stopped = Event()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            stopped.set()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        heartbeat.start("runner")
        Runner(keep_going=lambda: not stopped.is_set()).serve()
