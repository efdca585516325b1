"""Checks that the machine has what a lab needs, before it is started."""

import shutil

import psutil
from django.conf import settings

from nexus.core.errors import UnavailableError
from nexus.engines.experiment import Needs

__all__ = ["refuse_shortage"]

MEGABYTE = 1024 * 1024


def refuse_shortage(needs: Needs) -> None:
    """Raise `UnavailableError`, with the shortage and the remedy, if disk or memory is short.

    Disk is checked under `NEXUS_HOME`; the disk of an external database server cannot be checked.
    """
    if settings.EMBEDDED:
        free_mb = shutil.disk_usage(settings.NEXUS_HOME).free // MEGABYTE
        if free_mb < needs.disk_mb:
            raise UnavailableError(
                f"The lab needs {needs.disk_mb} MB of disk space and {free_mb} MB are free under "
                f"{settings.NEXUS_HOME}. Free some space, or set NEXUS_HOME to a larger disk.",
            )
    available_mb = psutil.virtual_memory().available // MEGABYTE
    if available_mb < needs.memory_mb:
        raise UnavailableError(
            f"The lab needs {needs.memory_mb} MB of memory and {available_mb} MB are available. "
            "Close other programs and run it again.",
        )
