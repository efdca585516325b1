"""`nexus labs` and `nexus run`."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from nexus.cli.preparation import set_up_django, set_up_installation
from nexus.cli.terminal import (
    ERROR,
    check_interrupted,
    fail,
    forget_interrupt,
    note,
    out,
    say,
)
from nexus.engines.experiment.document.json_form import read, upgrade
from nexus.engines.experiment.report.table import measures_table
from nexus.engines.experiment.report.wording import percent, shape

if TYPE_CHECKING:
    from nexus.apps.labs.models import Run
    from nexus.apps.users.models import User
    from nexus.engines.experiment.document.run_document import Part, RunDocument

__all__ = ["exit_code", "list_labs", "run_labs", "table"]

POLL_S = 0.3
UNDECIDED = ("inconclusive", "unavailable")
STYLES = {"supported": "bold green", "refuted": "bold red"}


def list_labs() -> None:
    """Print every lab with its requirements, its maximum duration and its latest verdict."""
    set_up_django()
    set_up_installation()
    from nexus.apps.labs import queries
    from nexus.apps.labs.registry import all_labs

    table = Table("Lab", "What it compares", "Needs", "At most", "Latest verdict", box=None)
    for registered in all_labs():
        lab = registered.lab
        latest = queries.latest_run(registered.slug)
        table.add_row(
            registered.slug,
            lab.title,
            f"{lab.needs.disk_mb} MB disk, {lab.needs.memory_mb} MB memory",
            f"{lab.plan('full').at_most_s:.0f} s, quick {lab.plan('quick').at_most_s:.0f} s",
            _word(latest.verdict) if latest else "not yet run here",
        )
    out.print(table)


def run_labs(
    slugs: list[str],
    *,
    quick: bool,
    seed: int | None,
    as_json: bool,
    out: Path | None,
) -> int:
    """Run labs one after another, print their results, and return the exit code."""
    set_up_django()
    set_up_installation()
    from django.conf import settings

    from nexus.apps.labs import services
    from nexus.apps.labs.registry import find_lab
    from nexus.apps.users.services import ensure_owner

    # A misspelt name is reported before the first lab runs.
    plans = [find_lab(slug).lab.plan("quick" if quick else "full") for slug in slugs]
    folder = _folder(out or settings.NEXUS_HOME / "results")
    owner = ensure_owner()
    codes = [0]
    with _runner_running():
        for slug, plan in zip(slugs, plans, strict=True):
            run = services.request_run(lab=slug, by=owner, form=plan.form, seed=seed)
            say(
                f"{slug}: at most {plan.at_most_s:.0f} s, {plan.needs.memory_mb} MB of memory and "
                f"{plan.needs.disk_mb} MB of disk; Ctrl-C cancels",
            )
            codes.append(_report(_watch(run, owner), folder, as_json=as_json))
    return max(codes)


def _folder(path: Path) -> Path:
    """Return the folder for results; create it if it is missing."""
    folder = path.expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        fail(f"{folder} is not a folder. Choose another with --out.")
    except OSError as error:
        fail(f"{folder} cannot be created ({error.strerror}). Choose another with --out.")
    return folder


@contextmanager
def _runner_running() -> Iterator[None]:
    """Run queued labs as the runner of `nexus serve` does, unless another process already does."""
    from nexus.apps.labs.running.runner import Runner

    stopped = Event()
    runner = Runner(keep_going=lambda: not stopped.is_set())
    thread = Thread(target=runner.serve, name="runner")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _watch(run: "Run", owner: "User") -> "Run":
    """Show a run's progress until it has ended; Ctrl-C cancels it."""
    from nexus.apps.labs import services

    try:
        return _follow(run)
    except KeyboardInterrupt:
        forget_interrupt()
        services.cancel_run(run_id=run.pk, by=owner)
        say("cancelling")
        return _follow(run)


def _follow(run: "Run") -> "Run":
    from nexus.apps.labs import queries

    columns = (TextColumn("  {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=note, transient=True) as progress:
        task = progress.add_task("waiting in the queue", total=1.0)
        last_step = ""
        while True:
            check_interrupted()
            current = queries.get_run(run.pk)
            if current.has_ended:
                return current
            step = current.step or "waiting in the queue"
            progress.update(task, description=step, completed=current.done)
            if not note.is_terminal and step != last_step:
                say(step)
            last_step = step
            time.sleep(POLL_S)


def _report(run: "Run", folder: Path, *, as_json: bool) -> int:
    """Print a finished run and save its result; return the exit code."""
    from nexus.apps.labs import queries
    from nexus.apps.labs.states import RunStatus

    if run.status == RunStatus.CANCELLED:
        fail(f"{run.lab}: cancelled; nothing was saved.", code=130)
    if run.status == RunStatus.FAILED or run.document is None:
        note.print(f"{run.lab}: {run.error}", style="red", markup=False)
        return ERROR
    name = f"{run.lab}-{run.pk}"
    document: dict[str, Any] = upgrade(run.document)
    if document["verdict"] != "unavailable":
        samples = folder / f"{name}.samples.csv"
        samples.write_text(queries.samples_csv(run), "utf-8")
        document = {**document, "samples": str(samples)}
    result = folder / f"{name}.json"
    result.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    if as_json:
        # One line, regardless of the terminal's width.
        print(json.dumps(document), flush=True)  # noqa: T201 -- the result itself, for programs
    else:
        _print_document(read(document))
        out.print(f"\n  {result}\n", style="dim")
    return exit_code(document)


def exit_code(document: dict[str, Any]) -> int:
    """Return 1 if a verdict contradicts the declared one, else 2 if one is undecided, else 0."""
    expectations = document["expectations"]
    undecided = [item for item in expectations if item["verdict"] in UNDECIDED]
    if any(item["verdict"] != item["declared"] for item in expectations if item not in undecided):
        return 1
    return 2 if undecided else 0


def _print_document(document: "RunDocument") -> None:
    out.print(f"\n[bold]{document.title}[/bold]  ({document.form}, seed {document.seed})\n")
    for part in document.parts:
        out.print(table(part))
    out.print()
    for outcome in document.expectations:
        out.print(f"  {_word(outcome.verdict)}  {_sentence(outcome.claim)}")
        effect = ". ".join(filter(None, (outcome.sentence, outcome.reason)))
        out.print(f"      {effect}", style="dim")
    floor = document.noise_floor
    noise = f" Noise floor {percent(floor)}." if floor is not None else ""
    out.print(f"\n  Verdict: {_word(document.verdict)}.{noise}")


def table(part: "Part") -> Table:
    """Return the measurements of a part as a table for the terminal."""
    measures = measures_table(part)
    rows = Table(box=None, padding=(0, 2, 0, 0))
    text_columns = 2 if "Case" in measures.headers[:2] else 1
    for index, header in enumerate(measures.headers):
        rows.add_column(header, justify="left" if index < text_columns else "right")
    for row in measures.rows:
        rows.add_row(*row)
    return rows


def _sentence(claim_id: str) -> str:
    from nexus.apps.library.queries import list_claims

    claim = list_claims().get(claim_id)
    return claim.sentence if claim else claim_id


def _word(verdict: str) -> str:
    style = STYLES.get(verdict, "bold")
    return f"[{style}]{shape(verdict)} {verdict}[/{style}]"
