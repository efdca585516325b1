"""The process that executes one run or builds one data set.

`DATABASE_URL` is the database to work on. Progress is written to standard output as one JSON object
per line, results are written to files. It exits with 0, or with 1 after an object with the error
message.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import django
from django.core.management import call_command
from django.db import connection

from nexus.apps.labs.freshness import CODE
from nexus.apps.labs.registry import find_lab
from nexus.apps.labs.running.django_bench import DjangoBench
from nexus.engines.experiment import ExperimentError, Progress
from nexus.engines.experiment import run as run_lab

if TYPE_CHECKING:
    from nexus.apps.labs.running.data_sets import DataSet

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run `fill SLUG` or `run SLUG FORM SEED OUT`; return the exit code."""
    # A terminal sends Ctrl-C to the whole process group: the runner handles it and ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nexus.config.settings"
    django.setup()
    try:
        if arguments[0] == "fill":
            fill(*arguments[1:])
        else:
            run(*arguments[1:])
    except ExperimentError as error:
        say(error=str(error))
        return 1
    except Exception as error:  # noqa: BLE001 -- any exception of a lab is reported as its error
        say(error=f"The lab stopped with {type(error).__name__}: {error}")
        return 1
    return 0


def say(**message: object) -> None:
    """Send one message to the runner."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def fill(slug: str) -> None:
    """Migrate the empty database and fill it with the lab's data."""
    data = cast("DataSet", find_lab(slug).lab.data)
    say(step=f"building the data set {data.key}: tables", done=0.0)
    call_command("migrate", verbosity=0, interactive=False)
    say(step=f"building the data set {data.key}: rows", done=0.0)
    data.fill()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE, FREEZE)")


def run(slug: str, form: str, seed: str, out: str) -> None:
    """Run a lab, and write `result.json` and `samples.csv` to the folder `out`."""

    def report(progress: Progress) -> None:
        say(step=progress.step, done=progress.done, remaining_s=progress.remaining_s)

    registered = find_lab(slug)
    lab = registered.lab
    result = run_lab(
        lab,
        DjangoBench(writes=lab.writes),
        packages={CODE: registered.code_digest},
        slug=slug,
        form="quick" if form == "quick" else "full",
        seed=int(seed),
        progress=report,
    )
    folder = Path(out)
    (folder / "samples.csv").write_text(result.samples_csv(), "utf-8")
    (folder / "result.json").write_text(json.dumps(result.to_document()), "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
