"""A copy of PostgreSQL's programs for a user who cannot access the wheel's.

PostgreSQL checks with access(2) whether it may run its own programs, and for a user other than root
that call ignores capabilities. So if root's environment is in a folder that is closed to others,
and PostgreSQL has to run as another user, a copy is created in a folder open to all. It is named
after its source and reused by the next start.
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
    """Return whether every user may run `executable`, including access to its parent folders."""
    real = executable.resolve()
    return all(path.stat().st_mode & _ENTER for path in (real, *real.parents))


def reachable_copy(installation: Path, base: Path) -> Path:
    """Return a copy of the folder `installation` and its libraries under `base`, open to all.

    The libraries are next to its package, in the folder `<package>.libs`. Raises `EmbeddedError` if
    the path of the copy is taken by something else.
    """
    package = installation.parent
    source = f"{installation} {(installation / 'bin/postgres').stat().st_mtime_ns}"
    name = f"nexus-programs-{os.geteuid()}-{hashlib.sha256(source.encode()).hexdigest()[:12]}"
    copy = base / name
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
        for folder in (installation.relative_to(package.parent), Path(f"{package.name}.libs")):
            if (package.parent / folder).exists():
                shutil.copytree(package.parent / folder, unfinished / folder)
        unfinished.chmod(_OPEN_TO_ALL)
        (unfinished / package.name).chmod(_OPEN_TO_ALL)
        unfinished.rename(copy)
    status = copy.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise EmbeddedError(f"{copy} was not created by Nexus: delete it and start again.")
    return copy / installation.relative_to(package.parent)
