"""`script/deploy RELEASE`."""

import argparse
import fcntl
import sys
import time
from pathlib import Path

from deploy.release.balancer import Balancer
from deploy.release.blue_green import Deployment, Patience, Starter
from deploy.release.compose import Compose
from deploy.release.errors import DeploymentError
from deploy.release.processes import Processes
from deploy.release.signals import interruptible

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "blue=8001,green=8002"


def main() -> int:
    """Deploy. Return 0 if the release serves, 1 if it was rolled back."""
    arguments = _parser().parse_args()
    interruptible()
    var = arguments.project / "var"
    folder = arguments.folder or var / "deploy"
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def say(sentence: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {sentence}", flush=True)

    with (folder / "deploy.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Deployment(
                release=arguments.release,
                balancer=Balancer(arguments.socket or var / "haproxy" / "haproxy.sock"),
                starter=_starter(arguments, folder),
                patience=Patience(
                    start_s=arguments.start, watch_s=arguments.watch, failures=arguments.failures
                ),
                say=say,
            ).run()
        except BlockingIOError:
            say("Another deployment is running; wait for it to end.")
            return 1
        except DeploymentError as error:
            say(str(error))
            return 1
    return 0


def _starter(arguments: argparse.Namespace, folder: Path) -> Starter:
    if arguments.how == "compose":
        return Compose(arguments.project)
    pairs = (pair.partition("=") for pair in arguments.ports.split(","))
    return Processes({colour: int(port) for colour, _, port in pairs}, folder)


def _parser() -> argparse.ArgumentParser:
    defaults = Patience()
    parser = argparse.ArgumentParser("script/deploy", description=__doc__)
    parser.add_argument("release", help="an image; with --with processes, a folder with bin/nexus")
    parser.add_argument(
        "--with",
        dest="how",
        choices=("compose", "processes"),
        default="compose",
        help="how colours are started",
    )
    parser.add_argument(
        "--project", type=Path, default=ROOT, help="where compose.yaml and .env are"
    )
    parser.add_argument(
        "--ports", default=EXAMPLE, help=f"ports of the processes, such as {EXAMPLE}"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        help="for the lock and the state of the processes; default: var/deploy of the project",
    )
    parser.add_argument(
        "--socket",
        type=Path,
        help="HAProxy's runtime socket; default: var/haproxy/haproxy.sock of the project",
    )
    parser.add_argument(
        "--start",
        type=float,
        default=defaults.start_s,
        metavar="SECONDS",
        help="how long a colour may take to become healthy",
    )
    parser.add_argument(
        "--watch",
        type=float,
        default=defaults.watch_s,
        metavar="SECONDS",
        help="how long the new colour is watched before the old one is stopped",
    )
    parser.add_argument(
        "--failures",
        type=float,
        default=defaults.failures,
        metavar="SHARE",
        help="share of the requests that may fail while it is watched",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
