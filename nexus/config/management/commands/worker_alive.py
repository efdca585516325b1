"""`nexus manage worker_alive`: whether the worker of this home gets on with its work.

A process that is there may stand still. So what is looked at is progress: the worker is alive when
it has ended a task lately, or when nothing waits for it. Whoever runs the worker restarts it where
this says that it is not; a broker that is away is no reason to, since that would not help.
"""

import sys
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from kombu.exceptions import OperationalError

from nexus.config.broker import count_waiting
from nexus.config.observability import progress_file

__all__ = ["Command"]

# Just above the longest task.
LATELY_S = 120.0


class Command(BaseCommand):
    """Say whether the worker gets on; ends with 0 if so, 1 if not."""

    help = "Say whether the worker of this home gets on with its work; ends with 0 if so, 1 if not."
    # A probe asks often, and asks nothing of the database.
    requires_system_checks: list[str] = []  # noqa: RUF012 -- as Django declares it

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--within`."""
        parser.add_argument(
            "--within",
            type=float,
            default=LATELY_S,
            help="How many seconds ago a task may have ended at most, while others wait.",
        )

    def handle(self, *, within: float, **_options: object) -> None:
        """Look, say it, and end with the code."""
        alive, sentence = _look(within)
        self.stdout.write(sentence)
        if not alive:
            sys.exit(1)


def _look(within_s: float) -> tuple[bool, str]:
    try:
        ended_s = time.time() - progress_file(settings.NEXUS_HOME).stat().st_mtime
    except FileNotFoundError:
        return False, "No worker has started in this home."
    if ended_s <= within_s:
        return True, f"The worker is alive: it ended a task or started {ended_s:.0f} s ago."
    try:
        waiting = count_waiting()
    except OperationalError as error:
        return (
            True,
            f"The broker cannot be asked ({type(error).__name__}); a restart would not help.",
        )
    if not waiting:
        return True, "The worker is alive: nothing waits for it."
    return (
        False,
        f"The worker stands still: {waiting} tasks wait, the last ended {ended_s:.0f} s ago.",
    )
