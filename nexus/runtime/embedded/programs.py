"""A copy of PostgreSQL's programs for a user who cannot reach the wheel's.

PostgreSQL asks with access(2) whether it may run its own programs, and for a user other than root
that call disregards capabilities. So where root's environment lies under a folder that is closed to
others, and PostgreSQL has to run as another user, a copy is made in a folder open to all. It stays
there, named by what it was made from, for the next start.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from nexus.runtime.embedded.errors import EmbeddedError

__all__ = ["reachable_copy", "reachable_for_all"]

_OPEN_TO_ALL = 0o755
_ENTER = stat.S_IXOTH


def reachable_for_all(executable: Path) -> bool:
    """Whether every user may run `executable`: each folder above it can be entered by all."""
    real = executable.resolve()
    return all(path.stat().st_mode & _ENTER for path in (real, *real.parents))


def reachable_copy(installation: Path, base: Path) -> Path:
    """Return a copy of the folder `installation` and its libraries under `base`, open to all.

    Its libraries lie beside its package, in the folder `<package>.libs`. Raises `EmbeddedError`
    when the copy's place is taken by something that is not ours.
    """
    package = installation.parent
    made_from = f"{installation} {(installation / 'bin/postgres').stat().st_mtime_ns}"
    name = f"nexus-programs-{os.geteuid()}-{hashlib.sha256(made_from.encode()).hexdigest()[:12]}"
    copy = base / name
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
        for folder in (installation.relative_to(package.parent), Path(f"{package.name}.libs")):
            if (package.parent / folder).exists():
                shutil.copytree(package.parent / folder, unfinished / folder)
        unfinished.chmod(_OPEN_TO_ALL)
        (unfinished / package.name).chmod(_OPEN_TO_ALL)
        unfinished.rename(copy)
    found = copy.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EmbeddedError(f"{copy} is not a folder of Nexus's own: delete it and start again.")
    return copy / installation.relative_to(package.parent)
