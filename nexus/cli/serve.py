"""`nexus serve`: all processes of a home in one terminal, stopped together."""

import os
import shutil
import signal
import socket
import time
import urllib.request
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import nexus
from nexus.cli.preparation import require_services, set_up_django, set_up_installation
from nexus.cli.processes import Process, service_processes
from nexus.cli.terminal import check_interrupted, note, out, say
from nexus.core.errors import ConflictError, NexusError
from nexus.runtime.embedded import default_home
from nexus.runtime.processes import spawn

if TYPE_CHECKING:
    from nexus.runtime.processes import Child

__all__ = ["serve"]

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
POLL_S = 0.1
READY_S = 30
# More restarts than this within a minute mean that another one will not help.
RESTARTS_A_MINUTE = 3


def serve(*, host: str, port: int, home: Path | None, open_browser: bool) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises `NexusError` if it cannot start.
    """
    started = time.monotonic()
    _refuse_taken_port(host, port)
    set_up_django(home)
    from django.conf import settings

    from nexus.cli.watching import library_watched

    if settings.EMBEDDED and host not in LOOPBACK:
        raise ConflictError(
            f"With embedded services Nexus listens on loopback addresses only, not on {host}. "
            "Leave --host out, or set DATABASE_URL, CACHE_URL and SECRET_KEY for a deployment.",
        )
    if settings.EMBEDDED:
        # Links in mails lead here, unless a public URL is set.
        os.environ.setdefault("NEXUS_PUBLIC_URL", _address(host, port))
    require_services()
    set_up_installation()
    _collect_static()
    parts = service_processes(host, port)
    others = [parts["runner"], parts["worker"], parts["beat"]]
    if settings.EMBEDDED and not settings.CARRIERS:
        others.append(_sandbox_carriers())
    service = Service()
    try:
        service.start(parts["web"])
        _wait_until_ready(service, host, port)
        _greet(host, port, lasted_s=time.monotonic() - started, open_browser=open_browser)
        for part in others:
            service.start(part)
        with library_watched():
            service.watch()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        service.end()


class Service:
    """The running processes; restarts them, and stops them in the reverse order of their start."""

    def __init__(self) -> None:
        self.running: list[tuple[Process, Child]] = []
        self.ended_at: dict[str, list[float]] = {}

    def start(self, part: Process) -> None:
        """Start a process."""
        env = {**os.environ, **part.counting(default_home())}
        self.running.append((part, spawn(part.command, death_signal=part.stop_signal, env=env)))

    def watch(self) -> None:
        """Report and restart processes that end; raises `NexusError` if one keeps ending."""
        while True:
            check_interrupted()
            for part, code in self.take_dead():
                self.note_end(part, code)
                self.start(part)
            time.sleep(POLL_S)

    def take_dead(self) -> list[tuple[Process, int]]:
        """Remove the processes that have ended, and return them with their exit codes.

        Their own child processes are killed: workers of a killed server would continue to serve
        next to those of the new one.
        """
        alive = [(part, child) for part, child in self.running if child.alive()]
        dead = [entry for entry in self.running if entry not in alive]
        self.running = alive
        for _, child in dead:
            # Remaining child processes would continue, and keep its port.
            child.end([])
        return [(part, child.process.returncode) for part, child in dead]

    def note_end(self, part: Process, code: int) -> None:
        """Report that a process has ended; raises `NexusError` if it keeps ending."""
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        now = time.monotonic()
        times = [at for at in self.ended_at.get(part.name, []) if now - at < 60] + [now]  # noqa: PLR2004 -- a minute
        self.ended_at[part.name] = times
        if len(times) > RESTARTS_A_MINUTE:
            raise NexusError(
                f"The {part.name} ended {how}, for the {len(times)}th time within a minute. "
                "Nexus stops; see its output above for the reason.",
            )
        note.print(f"The {part.name} ended {how}; restarting it.", style="red")

    def end(self) -> None:
        """Stop every process, the last started first."""
        started_at = time.monotonic()
        for part, child in reversed(self.running):
            child.end([(part.stop_signal, part.grace_s)])
            if time.monotonic() - started_at > 1:
                say(f"stopped the {part.name}")
        self.running = []


def _sandbox_carriers() -> Process:
    """Return the process of local sandbox carriers, and set their variable for later processes."""
    from nexus.apps.orders.carriers.sandbox import sandbox_addresses, sandbox_command

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    addresses = sandbox_addresses(port).items()
    os.environ["NEXUS_CARRIERS"] = ",".join(f"{name}={address}" for name, address in addresses)
    return Process("sandbox carriers", sandbox_command(port), signal.SIGINT, 5)


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConflictError(
                f"Port {port} on {host} cannot be used ({error.strerror}). If Nexus is already "
                "running there, open it; otherwise choose another port with --port, such as "
                f"{port + 1}.",
            ) from error


def _collect_static() -> None:
    """Collect static files and their compressed forms for the web server."""
    from django.conf import settings
    from django.core.management import call_command

    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    sources = Path(nexus.__file__).parent.glob("**/static/**/*")
    newest = max(path.stat().st_mtime for path in sources)
    if manifest.is_file() and manifest.stat().st_mtime > newest:
        return
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    call_command("collectstatic", verbosity=0, interactive=False)


def _wait_until_ready(service: Service, host: str, port: int) -> None:
    address = f"{_address(host, port)}readyz"
    started_at = time.monotonic()
    reported = False
    while (elapsed_s := time.monotonic() - started_at) < READY_S:
        check_interrupted()
        if elapsed_s > 1 and not reported:
            say("starting the web server")
            reported = True
        for part, code in service.take_dead():
            raise NexusError(f"The {part.name} ended with exit code {code} while starting.")
        # Any status but 200 raises an OSError, as a refused connection does.
        with suppress(OSError), urllib.request.urlopen(address, timeout=5):  # noqa: S310 -- ours
            return
        time.sleep(POLL_S)
    raise NexusError(
        f"The web server was not ready within {READY_S} s; {address} shows what is missing.",
    )


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _greet(host: str, port: int, *, lasted_s: float, open_browser: bool) -> None:
    from django.conf import settings

    from nexus.apps.users.services import ensure_owner, issue_login_link

    address = _address(host, port)
    out.print(f"Nexus {nexus.__version__}, ready in {lasted_s:.1f} s. Ctrl-C stops it.")
    if settings.EMBEDDED:
        link = f"{address}enter/{issue_login_link(user=ensure_owner())}/"
        out.print(f"Data in {settings.NEXUS_HOME}", markup=False)
        if settings.EMAIL_FILE_PATH:
            out.print(f"Mails are written to {settings.EMAIL_FILE_PATH}", markup=False)
        out.print(f"Open this link; it signs you in once:\n\n    {link}\n", markup=False)
        if open_browser:
            webbrowser.open(link)
        return
    out.print(f"Listening on {address}")
    if open_browser:
        webbrowser.open(address)
