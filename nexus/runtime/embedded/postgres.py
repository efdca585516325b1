"""PostgreSQL: its cluster, configuration, start and readiness."""

import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from nexus.runtime.embedded.binaries import POSTGRES_MAJOR, Binaries
from nexus.runtime.embedded.errors import EmbeddedError
from nexus.runtime.embedded.holds import Holds
from nexus.runtime.embedded.home import Home
from nexus.runtime.embedded.identity import Identity, choose_identity
from nexus.runtime.embedded.logs import last_fault, open_log
from nexus.runtime.embedded.private_files import write_private
from nexus.runtime.embedded.processes import end_strays, environment, spawn
from nexus.runtime.embedded.programs import reachable_copy, reachable_for_all
from nexus.runtime.processes import Child

__all__ = ["DATABASE", "Postgres", "configuration", "database_url", "quoted"]

DATABASE = "nexus"
_USER = "nexus"
_ANSWER_LIMIT_S = 5.0
_COPY_PROBE_BYTES = 4096
# Errors of a server that is alive but has no connection left for the query.
_FULL = ("too many clients already", "remaining connection slots are reserved")


def database_url(sockets: Path, password: str) -> str:
    """Return the URL of the database on the socket in the folder `sockets`."""
    return (
        f"postgresql://{_USER}:{quote(password, safe='')}@/{DATABASE}"
        f"?host={quote(os.fsencode(sockets), safe='')}&port=5432"
    )


def quoted(value: str) -> str:
    """Return a value as quoted for postgresql.conf; it must not contain a line break."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def configuration(home: Home, sockets: Path, *, clones_files: bool) -> str:
    """Return the configuration: unix socket only, durable, sized for a laptop."""
    folder = str(sockets).replace('"', '""')
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{folder}"',
        "port": "5432",
        "data_directory": str(home.cluster),
        "max_connections": "200",
        "shared_buffers": "128MB",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Clients receive their errors; logging them would fill the disk with every failing lab.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_checkpoints": "off",
        "cluster_name": "nexus",
    }
    if clones_files:
        settings["file_copy_method"] = "clone"
    lines = [f"{name} = {quoted(value)}" for name, value in settings.items()]
    extra = home.extra_configuration
    if extra.exists():
        lines.append(f"include = {quoted(str(extra))}")
    return "\n".join([*lines, ""])


class Postgres:
    """The embedded PostgreSQL server of a home."""

    name = "PostgreSQL"
    # SIGTERM would wait for every client to disconnect; SIGINT ends sessions, SIGQUIT skips the
    # shutdown checkpoint.
    ending = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 6.0))

    def __init__(self, home: Home, sockets: Path, binaries: Binaries, *, disposable: bool) -> None:
        self.log = home.log("postgres")
        self._home = home
        self._sockets = sockets
        self._binaries = binaries
        self._disposable = disposable
        self._configuration = home.path / "postgres.conf"
        self._identity: Identity | None = None

    def prepare(self, holds: Holds) -> None:
        """Create the cluster if it is missing, and remove anything that would block its start.

        Raises `EmbeddedError` if the cluster cannot be created or is not usable.
        """
        if self._identity is None:
            self._identity = choose_identity(self._binaries.postgres)
            self._use_reachable_programs(self._identity)
        if self._home.cluster.exists():
            self._check_cluster()
        else:
            holds.tell("Creating the database cluster.")
            self._make_cluster(self._identity, holds)
        self._change_owner(self._home.cluster, self._identity)
        process_file = self._home.cluster / "postmaster.pid"
        if process_file.exists():
            # This process holds the home's lock, so the file's writer is not a server to keep; its
            # process id may now be another process's, which would prevent PostgreSQL from starting.
            end_strays(self._home.cluster)
            process_file.unlink(missing_ok=True)
        text = configuration(self._home, self._sockets, clones_files=_clones(self._home.path))
        write_private(self._configuration, os.fsencode(text))

    def _use_reachable_programs(self, identity: Identity) -> None:
        """Use a copy of the programs if PostgreSQL's user cannot access the originals."""
        postgres = self._binaries.postgres
        if identity.owner == os.geteuid() or reachable_for_all(postgres):
            return
        programs = reachable_copy(postgres.parents[1], self._sockets.parent) / "bin"
        self._binaries = replace(
            self._binaries,
            initdb=programs / "initdb",
            postgres=programs / "postgres",
            psql=programs / "psql",
        )

    def launch(self) -> Child:
        """Start the server; it takes a moment to become ready."""
        log = open_log(self.log)
        try:
            return spawn(
                [
                    self._binaries.postgres,
                    "-D",
                    self._home.cluster,
                    "-c",
                    f"config_file={self._configuration}",
                ],
                log=log,
                # An immediate shutdown takes bounded time, and the next start replays the WAL.
                death_signal=signal.SIGQUIT,
                enter=self._identity.enter if self._identity else None,
            )
        finally:
            os.close(log)

    def answers(self) -> bool:
        """Return whether it answers a query of Nexus's user with its password.

        Raises `EmbeddedError` if it refuses the password.
        """
        if not (self._sockets / ".s.PGSQL.5432").is_socket():
            return False
        fault = self._ask("SELECT 1", DATABASE)
        if fault is not None and f'database "{DATABASE}" does not exist' in fault:
            self._ask(f"CREATE DATABASE {DATABASE}", "postgres")
            fault = self._ask("SELECT 1", DATABASE)
        if fault is not None and "password authentication failed" in fault:
            raise EmbeddedError(
                f"PostgreSQL refuses the password in {self._home.path / 'secrets'}: restore that "
                f"folder from a backup, or move {self._home.path} away to start from scratch."
            )
        return fault is None or any(words in fault for words in _FULL)

    def _ask(self, query: str, database: str) -> str | None:
        """Send a query; return None if it succeeds, or else psql's error message."""
        command: list[str | Path] = [self._binaries.psql, "-XAtqw", "-h", self._sockets]
        try:
            subprocess.run(
                [*command, "-U", _USER, "-d", database, "-c", query],
                stdin=subprocess.DEVNULL,
                env=environment(PGPASSWORD=self._home.secret("postgres_password")),
                capture_output=True,
                check=True,
                timeout=_ANSWER_LIMIT_S,
            )
        except subprocess.TimeoutExpired:
            return "timeout"
        except subprocess.CalledProcessError as fault:
            return str(fault.stderr, "utf-8", "replace")
        return None

    def _check_cluster(self) -> None:
        try:
            version = (self._home.cluster / "PG_VERSION").read_text("ascii").strip()
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
            version = ""
        if not version.isdecimal():
            raise EmbeddedError(
                f"The database cluster in {self._home.cluster} is damaged (it has no version): "
                "restore it from a backup, or move it away to start from scratch."
            )
        if int(version) != POSTGRES_MAJOR:
            raise EmbeddedError(
                f"The database cluster in {self._home.cluster} was created by PostgreSQL {version} "
                f"and this Nexus bundles PostgreSQL {POSTGRES_MAJOR}: set NEXUS_HOME to another "
                f"folder, or dump it with PostgreSQL {version} and restore it here."
            )

    def _make_cluster(self, identity: Identity, holds: Holds) -> None:
        """Create the cluster under another name, and rename it once it is complete."""
        partial = self._home.cluster.with_name("postgres.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        self._change_owner(partial, identity)
        try:
            self._run_initdb(partial, identity, holds)
            partial.replace(self._home.cluster)
        except BaseException:
            end_strays(partial)
            raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _run_initdb(self, directory: Path, identity: Identity, holds: Holds) -> None:
        log_file = self._home.log("initdb")
        log_file.unlink(missing_ok=True)
        log = open_log(log_file)
        command = self._initdb(directory)
        child = spawn(command, log=log, death_signal=signal.SIGKILL, enter=identity.enter)
        os.close(log)
        try:
            while child.alive():
                holds.wait(1.0)
        finally:
            child.end([])
        if child.process.returncode != 0:
            raise EmbeddedError(
                f"The database cluster could not be created: {last_fault(log_file)}. "
                f"See the log {log_file}."
            )

    def _initdb(self, directory: Path) -> list[str | Path]:
        return [
            self._binaries.initdb,
            f"--pgdata={directory}",
            f"--username={_USER}",
            f"--pwfile={self._home.path / 'secrets' / 'postgres_password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            # On a busy disk syncing takes most of the time.
            *(["--no-sync"] if self._disposable else []),
        ]

    @staticmethod
    def _change_owner(directory: Path, identity: Identity) -> None:
        """Change the owner of the cluster to PostgreSQL's user, if that has changed."""
        if directory.stat().st_uid == identity.owner:
            return
        for folder, _, files in os.walk(directory):
            for entry in (folder, *(os.path.join(folder, file) for file in files)):  # noqa: PTH118 -- thousands of entries
                os.chown(entry, identity.owner, -1, follow_symlinks=False)


def _clones(folder: Path) -> bool:
    """Return whether the kernel can clone files here, which makes copies of databases fast."""
    if not hasattr(os, "copy_file_range"):
        return False
    source, target = folder / "clone.probe", folder / "clone.probe.copy"
    try:
        source.write_bytes(bytes(_COPY_PROBE_BYTES))
        with source.open("rb") as reader, target.open("wb") as writer:
            copied = os.copy_file_range(reader.fileno(), writer.fileno(), _COPY_PROBE_BYTES)
    except OSError:
        return False
    finally:
        source.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
    return copied == _COPY_PROBE_BYTES
