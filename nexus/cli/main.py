"""The `nexus` command."""

from pathlib import Path
from typing import Annotated

import typer

from nexus.cli.terminal import faults_as_sentences

__all__ = ["app", "main"]

app = typer.Typer(
    help="Nexus: the backend-engineering handbook that runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    home: Annotated[Path | None, typer.Option(help="Where Nexus keeps its data.")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
) -> None:
    """Serve the handbook: pages, runner, worker and beat, until Ctrl-C."""
    from nexus.cli.serve import serve as run_server

    with faults_as_sentences():
        run_server(host=host, port=port, home=home, open_browser=open_browser)


@app.command()
def part(
    name: Annotated[str, typer.Argument(metavar="PART", help="web, worker, beat or runner.")],
    *,
    host: Annotated[
        str, typer.Option(help="The address that the web server listens on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port that the web server listens on.", min=1, max=65535)
    ] = 8000,
    kill_after: Annotated[
        int, typer.Option(help="Seconds that requests in progress may take at shutdown.", min=1)
    ] = 25,
) -> None:
    """Run one process (web, worker, beat or runner) in the foreground.

    Its services come from environment variables.
    """
    from nexus.cli.processes import run_process

    with faults_as_sentences():
        run_process(name, host=host, port=port, kill_after_s=kill_after)


@app.command()
def migrate() -> None:
    """Migrate the database and load the library of a deployment, before its processes start."""
    from nexus.cli.processes import migrate as bring_up_to_date

    with faults_as_sentences():
        bring_up_to_date()


@app.command()
def labs() -> None:
    """List the labs, their requirements and their latest verdicts."""
    from nexus.cli.labs import list_labs

    with faults_as_sentences():
        list_labs()


@app.command()
def run(
    labs: Annotated[
        list[str], typer.Argument(metavar="LAB…", help="Names as listed by `nexus labs`.")
    ],
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Run the short form.")] = False,
    seed: Annotated[
        int | None, typer.Option(help="The random seed, to repeat an earlier run.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document per line.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The folder for results and samples.")] = None,
) -> None:
    """Run labs and print their verdicts.

    Exits with 0 if every verdict is as its page declares, 1 if one differs, 2 if one is
    inconclusive or unavailable, and 3 if a run failed.
    """
    from nexus.cli.labs import run_labs

    with faults_as_sentences():
        code = run_labs(labs, quick=quick, seed=seed, as_json=as_json, out=out)
    raise typer.Exit(code)


@app.command()
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH…]", help="Folders of the library; default: all."),
    ] = None,
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write the tables generated from pages.")
    ] = False,
) -> None:
    """Check the library: every page, link, figure, snippet, claim and lab.

    Exits with 0 if there are no faults, 1 if there are any, and 2 if the check could not run.
    """
    from nexus.cli.check import check_library

    raise typer.Exit(check_library(paths or [], fix=fix))


@app.command()
def new(
    kind: Annotated[str, typer.Argument(help="A kind of page, such as concepts, or lab.")],
    slug: Annotated[str, typer.Argument(help="Its name in URLs, such as row-locks.")],
) -> None:
    """Create the first draft of a page, or of a lab next to a page."""
    from nexus.cli.new import start

    with faults_as_sentences():
        start(kind, slug)


@app.command(context_settings=PASS_ON)
def manage(context: typer.Context) -> None:
    """Run a Django management command, such as migrate or shell."""
    from nexus.cli.manage import manage as run_django

    run_django(context.args)


def main() -> None:
    """Run the command line."""
    app(prog_name="nexus")
