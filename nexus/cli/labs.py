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
from nexus.cli.terminal import ERROR, fail, note, out, say

if TYPE_CHECKING:
    from nexus.apps.labs.models import Run
    from nexus.apps.users.models import User

__all__ = ["exit_code", "list_labs", "run_labs", "table"]

POLL_S = 0.3
SHAPES = {"supported": "●", "refuted": "▲", "inconclusive": "◌", "unavailable": "\N{EN DASH}"}
STYLES = {"supported": "bold green", "refuted": "bold red"}


def list_labs() -> None:
    """Print every lab with its needs, its longest time and its latest verdict."""
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
    """Run labs one after another, print what they found, and give the exit code."""
    set_up_django()
    set_up_installation()
    from django.conf import settings

    from nexus.apps.labs import services
    from nexus.apps.labs.registry import find_lab
    from nexus.apps.users.services import ensure_owner

    # A misspelt name is told before the first lab has taken its minute.
    plans = [find_lab(slug).lab.plan("quick" if quick else "full") for slug in slugs]
    folder = _folder(out or settings.NEXUS_HOME / "results")
    owner = ensure_owner()
    codes = [0]
    with _runner_at_hand():
        for slug, plan in zip(slugs, plans, strict=True):
            run = services.request_run(lab=slug, by=owner, form=plan.form, seed=seed)
            say(
                f"{slug}: at most {plan.at_most_s:.0f} s, {plan.needs.memory_mb} MB of memory and "
                f"{plan.needs.disk_mb} MB of disk; Ctrl-C cancels",
            )
            codes.append(_report(_watch(run, owner), folder, as_json=as_json))
    return max(codes)


def _folder(path: Path) -> Path:
    """Give the folder for results, made where it is missing."""
    folder = path.expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        fail(f"{folder} is no folder. Name another with --out.")
    except OSError as error:
        fail(f"{folder} cannot be made ({error.strerror}). Name another with --out.")
    return folder


@contextmanager
def _runner_at_hand() -> Iterator[None]:
    """Be the runner while nobody else is: where `nexus serve` runs, its own runner is at work."""
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
        services.cancel_run(run_id=run.pk, by=owner)
        say("cancelling")
        return _follow(run)


def _follow(run: "Run") -> "Run":
    from nexus.apps.labs import queries

    columns = (TextColumn("  {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=note, transient=True) as progress:
        task = progress.add_task("waiting for its turn", total=1.0)
        told = ""
        while True:
            now = queries.get_run(run.pk)
            if now.has_ended:
                return now
            step = now.step or "waiting for its turn"
            progress.update(task, description=step, completed=now.done)
            if not note.is_terminal and step != told:
                say(step)
            told = step
            time.sleep(POLL_S)


def _report(run: "Run", folder: Path, *, as_json: bool) -> int:
    """Print an ended run and store its result; gives its exit code."""
    from nexus.apps.labs import queries
    from nexus.apps.labs.states import RunStatus

    if run.status == RunStatus.CANCELLED:
        fail(f"{run.lab}: cancelled; nothing is left behind.", code=130)
    if run.status == RunStatus.FAILED or run.document is None:
        note.print(f"{run.lab}: {run.error}", style="red", markup=False)
        return ERROR
    name = f"{run.lab}-{run.pk}"
    document: dict[str, Any] = run.document
    if document["verdict"] != "unavailable":
        samples = folder / f"{name}.samples.csv"
        samples.write_text(queries.samples_csv(run), "utf-8")
        document = {**document, "samples": str(samples)}
    result = folder / f"{name}.json"
    result.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    if as_json:
        # One line, whatever the width of the terminal.
        print(json.dumps(document), flush=True)  # noqa: T201 -- the result itself, for programs
    else:
        _print_document(document)
        out.print(f"\n  {result}\n", style="dim")
    return exit_code(document)


def exit_code(document: dict[str, Any]) -> int:
    """Give 1 when a verdict is the opposite of the declared one, 2 when one is none, else 0."""
    found = document["expectations"]
    undecided = [item for item in found if item["verdict"] in {"inconclusive", "unavailable"}]
    if any(item["verdict"] != item["declared"] for item in found if item not in undecided):
        return 1
    return 2 if undecided else 0


def _print_document(document: dict[str, Any]) -> None:
    out.print(
        f"\n[bold]{document['title']}[/bold]  ({document['form']}, seed {document['seed']})\n"
    )
    out.print(table(document))
    out.print()
    for item in document["expectations"]:
        out.print(f"  {_word(item['verdict'])}  {_sentence(item['claim'])}")
        effect = ". ".join(filter(None, (item.get("sentence"), item.get("reason"))))
        out.print(f"      {effect}", style="dim")
    floor = document.get("noise_floor")
    measured = f" Noise floor {floor:.1%}." if floor is not None else ""
    out.print(f"\n  Verdict: {_word(document['verdict'])}.{measured}")


def table(document: dict[str, Any]) -> Table:
    """Give one row for each variant and case, one column for each measure's median or total."""
    variants: dict[str, dict[str, Any]] = document["variants"]
    measures = {name: found for variant in variants.values() for name, found in variant.items()}
    cases = document.get("cases") or [{}]
    rows = Table(box=None, padding=(0, 2, 0, 0))
    rows.add_column("Variant")
    if cases != [{}]:
        rows.add_column("Case")
    for name, measure in measures.items():
        unit = measure.get("unit")
        rows.add_column(name if unit in {name, None} else f"{name}, {unit}", justify="right")
    for name, found in variants.items():
        label = document.get("labels", {}).get(name, name)
        for number, case in enumerate(cases):
            words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in case.items())
            cells = [_cell(found.get(measure), number) for measure in measures]
            rows.add_row("" if number else label, *([words] if words else []), *cells)
    return rows


def _cell(measure: dict[str, Any] | None, case: int) -> str:
    by_case = (measure or {}).get("by_case") or [measure or {}]
    figures = by_case[case] if case < len(by_case) else {}
    value = figures.get("total", figures.get("median"))
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"


def _sentence(claim_id: str) -> str:
    from nexus.apps.library.queries import list_claims

    claim = list_claims().get(claim_id)
    return claim.sentence if claim else claim_id


def _word(verdict: str) -> str:
    style = STYLES.get(verdict, "bold")
    return f"[{style}]{SHAPES.get(verdict, '○')} {verdict}[/{style}]"
