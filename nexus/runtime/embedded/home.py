"""The folder with all files of the embedded services.

Its contents are private to one user. Missing parent folders are created, existing ones are never
changed.
"""

import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from nexus.runtime.embedded.errors import EmbeddedError
from nexus.runtime.embedded.private_files import write_private

__all__ = ["MINIMUM_FREE_BYTES", "Home", "default_home", "free_bytes", "require_free_space"]

MINIMUM_FREE_BYTES = 200 * 1024 * 1024
_OPEN_TO_OTHERS = 0o077


def default_home() -> Path:
    """Return the default home: `NEXUS_HOME`, or else the platform's user data folder.

    Raises `EmbeddedError` if the user has no home folder.
    """
    path = os.environ.get("NEXUS_HOME")
    if path:
        return Path(path)
    import platformdirs

    home = platformdirs.user_data_path("nexus", appauthor=False)
    if not home.is_absolute():
        raise EmbeddedError(
            "Your user has no home folder: set NEXUS_HOME to a folder in which Nexus may store its "
            "data."
        )
    return home


def free_bytes(home: Path) -> int:
    """Return the bytes available to this user under `home`, which need not exist yet."""
    existing = home.absolute()
    while not existing.exists():
        existing = existing.parent
    return shutil.disk_usage(existing).free


def require_free_space(home: Path) -> None:
    """Raise `EmbeddedError` if less than `MINIMUM_FREE_BYTES` are free under `home`."""
    free = free_bytes(home)
    if free < MINIMUM_FREE_BYTES:
        raise EmbeddedError(
            f"Only {free // 2**20} MB are free under {home} and the services need "
            f"{MINIMUM_FREE_BYTES // 2**20} MB: free some space, or set NEXUS_HOME to a folder "
            "on another disk."
        )


@dataclass(frozen=True)
class Home:
    """A user's folder, and the paths in it. Create it with `Home.at`."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "Home":
        """Return the home at `path`, which is created with mode 0700 if it is missing.

        Raises `EmbeddedError`, which says what to do, if the folder cannot be used.
        """
        try:
            home = cls(path.expanduser().resolve())
            home._make()
        except (OSError, RuntimeError) as fault:
            reason = getattr(fault, "strerror", None) or str(fault)
            raise EmbeddedError(
                f"Nexus cannot store its data in {path} ({reason}): set NEXUS_HOME to a folder "
                "that you may write to."
            ) from fault
        return home

    @property
    def lock(self) -> Path:
        """The lock file of the home's one supervisor; it contains the path of the socket folder."""
        return self.path / "supervisor.lock"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def extra_configuration(self) -> Path:
        """PostgreSQL settings that override ours, if the file exists."""
        return self.path / "postgres.extra.conf"

    @property
    def cache(self) -> Path:
        """Valkey's working directory."""
        return self.path / "valkey"

    @property
    def temporary(self) -> Path:
        """The folder of disposable homes."""
        return self.path / "temporary"

    def log(self, service: str) -> Path:
        """Return the log file of `service`."""
        return self.path / "logs" / f"{service}.log"

    def secret(self, name: str) -> str:
        """Read the secret `name`. Raises `EmbeddedError` if it is missing."""
        try:
            value = self._secret_file(name).read_text("ascii")
        except FileNotFoundError:
            value = ""
        if not value:
            raise EmbeddedError(
                f"{self._secret_file(name)} is missing: restore it from a backup, or move "
                f"{self.path} away to start from scratch."
            )
        return value

    def make_secrets(self) -> None:
        """Generate missing secrets.

        Call it only while holding the lock. The database password is not generated again if a
        cluster exists, which would not accept it.
        """
        for name in ("secret_key", "postgres_password", "valkey_password"):
            file = self._secret_file(name)
            is_lost = name == "postgres_password" and self.cluster.exists()
            if not is_lost and not (file.exists() and file.stat().st_size):
                write_private(file, secrets.token_urlsafe(48).encode("ascii"))

    def _secret_file(self, name: str) -> Path:
        return self.path / "secrets" / name

    def _make(self) -> None:
        if not str(self.path).isprintable():
            raise EmbeddedError(
                f"The folder {str(self.path)!r} has a character in its name that cannot be "
                "printed: set NEXUS_HOME to another folder."
            )
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
        self._require_ours()
        for folder in ("logs", "secrets", "valkey", "temporary"):
            (self.path / folder).mkdir(mode=0o700, exist_ok=True)

    def _require_ours(self) -> None:
        status = self.path.stat()
        if not stat.S_ISDIR(status.st_mode):
            raise EmbeddedError(
                f"{self.path} is not a folder: set NEXUS_HOME to a folder of your own."
            )
        if status.st_uid != os.geteuid():
            raise EmbeddedError(
                f"{self.path} belongs to another user ({_name_of(status.st_uid)}): set NEXUS_HOME "
                "to a folder of your own, or run Nexus as that user."
            )
        if status.st_mode & _OPEN_TO_OTHERS:
            self._close_to_others(status.st_mode)

    def _close_to_others(self, mode: int) -> None:
        # A folder with other contents, such as a user's home folder, must not be changed.
        if not self.lock.exists() and any(self.path.iterdir()):
            raise EmbeddedError(
                f"{self.path} contains other files and is accessible to other users (mode "
                f"{stat.S_IMODE(mode):04o}): set NEXUS_HOME to an empty folder, or run "
                f"chmod 700 on this one."
            )
        self.path.chmod(0o700)
        if self.path.stat().st_mode & _OPEN_TO_OTHERS:
            raise EmbeddedError(
                f"The disk of {self.path} does not support private files: set NEXUS_HOME to a "
                "folder on another one."
            )


def _name_of(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
