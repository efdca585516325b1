"""The folder that holds everything the embedded services keep.

Everything in it is private to one user. Folders above it are created when they are missing and
are never changed.
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
    """Return the home to use when none is named: `NEXUS_HOME`, or the platform's user data folder.

    Raises `EmbeddedError` where the user has no home folder to put it in.
    """
    named = os.environ.get("NEXUS_HOME")
    if named:
        return Path(named)
    import platformdirs

    home = platformdirs.user_data_path("nexus", appauthor=False)
    if not home.is_absolute():
        raise EmbeddedError(
            "Your user has no home folder: set NEXUS_HOME to a folder that Nexus may keep its "
            "data in."
        )
    return home


def free_bytes(home: Path) -> int:
    """Return the bytes that this user may still write under `home`, which need not exist yet."""
    existing = home.absolute()
    while not existing.exists():
        existing = existing.parent
    return shutil.disk_usage(existing).free


def require_free_space(home: Path) -> None:
    """Raise `EmbeddedError` when less than `MINIMUM_FREE_BYTES` are free under `home`."""
    free = free_bytes(home)
    if free < MINIMUM_FREE_BYTES:
        raise EmbeddedError(
            f"Only {free // 2**20} MB are free under {home} and the services need "
            f"{MINIMUM_FREE_BYTES // 2**20} MB: free some space, or set NEXUS_HOME to a folder "
            "on another disk."
        )


@dataclass(frozen=True)
class Home:
    """A folder of one user's, and what lies where in it. Construct it with `Home.at`."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "Home":
        """Return the home at `path`, created with mode 0700 where it is missing.

        Raises `EmbeddedError` when the folder cannot be used, and says how to mend that.
        """
        try:
            home = cls(path.expanduser().resolve())
            home._make()
        except (OSError, RuntimeError) as fault:
            reason = getattr(fault, "strerror", None) or str(fault)
            raise EmbeddedError(
                f"Nexus cannot keep its data in {path} ({reason}): set NEXUS_HOME to a folder "
                "that you may write to."
            ) from fault
        return home

    @property
    def lock(self) -> Path:
        """The file that the one supervisor locks; in it stands the folder of its sockets."""
        return self.path / "supervisor.lock"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def extra_configuration(self) -> Path:
        """PostgreSQL settings that replace ours, where the file exists."""
        return self.path / "postgres.extra.conf"

    @property
    def cache(self) -> Path:
        """Valkey's working directory."""
        return self.path / "valkey"

    @property
    def temporary(self) -> Path:
        """The folder of the disposable homes."""
        return self.path / "temporary"

    def log(self, service: str) -> Path:
        """Return the file in which `service` writes its log."""
        return self.path / "logs" / f"{service}.log"

    def secret(self, name: str) -> str:
        """Read the secret `name`. Raises `EmbeddedError` when it is missing."""
        try:
            value = self._secret_file(name).read_text("ascii")
        except FileNotFoundError:
            value = ""
        if not value:
            raise EmbeddedError(
                f"{self._secret_file(name)} is missing: restore it from a backup, or move "
                f"{self.path} away to begin anew."
            )
        return value

    def make_secrets(self) -> None:
        """Generate the secrets that are missing.

        Call it only with the lock held. The database's password is not generated anew beside an
        existing cluster, which would not know it.
        """
        for name in ("secret_key", "postgres_password", "valkey_password"):
            file = self._secret_file(name)
            lost = name == "postgres_password" and self.cluster.exists()
            if not lost and not (file.exists() and file.stat().st_size):
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
        found = self.path.stat()
        if not stat.S_ISDIR(found.st_mode):
            raise EmbeddedError(
                f"{self.path} is not a folder: set NEXUS_HOME to a folder of your own."
            )
        if found.st_uid != os.geteuid():
            raise EmbeddedError(
                f"{self.path} belongs to another user ({_name_of(found.st_uid)}): set NEXUS_HOME "
                "to a folder of your own, or run Nexus as that user."
            )
        if found.st_mode & _OPEN_TO_OTHERS:
            self._close_to_others(found.st_mode)

    def _close_to_others(self, mode: int) -> None:
        # A folder that holds something else, such as a user's whole home, is not ours to close.
        if not self.lock.exists() and any(self.path.iterdir()):
            raise EmbeddedError(
                f"{self.path} holds other files and is open to other users (mode "
                f"{stat.S_IMODE(mode):04o}): set NEXUS_HOME to an empty folder, or run "
                f"chmod 700 on this one."
            )
        self.path.chmod(0o700)
        if self.path.stat().st_mode & _OPEN_TO_OTHERS:
            raise EmbeddedError(
                f"The disk under {self.path} cannot keep files private: set NEXUS_HOME to a "
                "folder on another one."
            )


def _name_of(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
