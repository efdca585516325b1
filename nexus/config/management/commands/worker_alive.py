"""`nexus manage worker_alive`: report whether the worker of this home makes progress.

A process that exists may hang. So the probe looks at progress: the worker is alive if it has
recently ended a task, or if no task is waiting. If the probe fails, the worker should be restarted;
an unreachable broker is not a failure, since a restart would not help.
"""

import sys
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from kombu.exceptions import OperationalError

from nexus.config.broker import count_waiting
from nexus.config.observability import progress_file

__all__ = ["Command"]

# Slightly longer than the longest task.
LATELY_S = 120.0


class Command(BaseCommand):
    """Report whether the worker makes progress; exit with 0 if so, 1 if not."""

    help = "Report whether the worker of this home makes progress; exit with 0 if so, 1 if not."
    # A probe runs often, and needs no database.
    requires_system_checks: list[str] = []  # noqa: RUF012 -- as Django declares it

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--within",
            type=float,
            default=LATELY_S,
            help="Maximum number of seconds since the last task ended, while others are waiting.",
        )

    def handle(self, *, within: float, **_options: object) -> None:
        """Run the probe, print its result, and exit."""
        alive, sentence = _probe(within)
        self.stdout.write(sentence)
        if not alive:
            sys.exit(1)


def _probe(within_s: float) -> tuple[bool, str]:
    try:
        age_s = time.time() - progress_file(settings.NEXUS_HOME).stat().st_mtime
    except FileNotFoundError:
        return False, "No worker has started in this home."
    if age_s <= within_s:
        return True, f"The worker is alive: it ended a task or started {age_s:.0f} s ago."
    try:
        waiting = count_waiting()
    except OperationalError as error:
        return (
            True,
            f"The broker is unreachable ({type(error).__name__}); a restart would not help.",
        )
    if not waiting:
        return True, "The worker is alive: no task is waiting."
    return (
        False,
        f"The worker hangs: {waiting} tasks are waiting, the last one ended {age_s:.0f} s ago.",
    )
