"""The user that PostgreSQL runs as.

PostgreSQL refuses to run as root, and `initdb` refuses a user without a name. Both are solved by a
user namespace in which our user has another uid: our files and executables stay accessible,
wherever they are. If namespaces are forbidden, root changes to another user instead and keeps the
one capability that gives access to all files.
"""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nexus.runtime.embedded.errors import EmbeddedError
from nexus.runtime.processes import libc, require

__all__ = ["Identity", "choose_identity"]

_NOBODY = 65534
# From the kernel's headers sched.h, prctl.h and capability.h.
_CLONE_NEWUSER = 0x10000000
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE = 1


@dataclass(frozen=True)
class Identity:
    """A way to run PostgreSQL: `enter` is called in the child, `owner` must own the cluster."""

    name: str
    owner: int
    enter: Callable[[], None]


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySet(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def choose_identity(executable: Path) -> Identity:
    """Return the first way that works here, tried with `executable --version`.

    Raises `EmbeddedError` if none works.
    """
    uid = os.geteuid()
    if uid != 0 and _has_name(uid):
        return Identity("own", uid, _stay)
    if sys.platform == "linux":
        libc()
        other = _other_uid()
        namespace = Identity("namespace", uid, lambda: _enter_namespace(other))
        dropped = Identity("dropped", other, lambda: _become(other))
        for identity in (namespace, dropped) if uid == 0 else (namespace,):
            if _works(identity, executable):
                return identity
    raise EmbeddedError(_refusal(uid))


def _stay() -> None:
    """Keep the current user."""


def _enter_namespace(inside: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    require(libc().unshare(_CLONE_NEWUSER))
    for file, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside} {uid} 1"),
        ("gid_map", f"{inside} {gid} 1"),
    ):
        Path("/proc/self", file).write_text(line, "ascii")


def _become(uid: int) -> None:
    os.setgroups([])
    os.setgid(pwd.getpwuid(uid).pw_gid)
    require(libc().prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setresuid(uid, uid, uid)
    capability = 1 << _CAP_DAC_OVERRIDE
    sets = (_CapabilitySet * 2)(
        _CapabilitySet(capability, capability, capability), _CapabilitySet(0, 0, 0)
    )
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    require(libc().capset(ctypes.byref(header), ctypes.byref(sets)))
    # Ambient, so that it is kept across exec.
    require(libc().prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0))


def _works(identity: Identity, executable: Path) -> bool:
    try:
        process = subprocess.run(
            [executable, "--version"],
            preexec_fn=identity.enter,
            env={},
            cwd="/",
            capture_output=True,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return process.returncode == 0


def _other_uid() -> int:
    """Return a uid that has a name and is not root's; nobody's if it exists."""
    if _has_name(_NOBODY):
        return _NOBODY
    for entry in pwd.getpwall():
        if entry.pw_uid != 0:
            return entry.pw_uid
    raise EmbeddedError(
        "PostgreSQL needs a user other than root and this machine has none: add one to "
        "/etc/passwd, or set DATABASE_URL to a PostgreSQL elsewhere."
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _refusal(uid: int) -> str:
    if uid == 0:
        return (
            "PostgreSQL does not run as root, and this machine allows neither a user namespace "
            "nor another user: run Nexus as a regular user, or set DATABASE_URL to a "
            "PostgreSQL elsewhere."
        )
    return (
        f"PostgreSQL does not run as user {uid}, which has no name, and this machine allows no "
        f"user namespace: add the user to /etc/passwd, or set DATABASE_URL to a PostgreSQL "
        "elsewhere."
    )
