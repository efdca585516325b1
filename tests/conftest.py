"""What every test stands on: services of its own, and an honest account of what was left out."""

import os
import resource
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
# What starts an engine of containers, and fills it without pulling an image.
ENGINE = ("dockerd", "docker", "docker-compose", "debootstrap", "slirp4netns", "unshare", "podman")
MANY_FILES = 2048
DEPLOY_TOOLS = ("java", "kubectl", "npm", "terraform")

# What a marked test needs, and how to get it.
NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "browser": (
        lambda: any(shutil.which(name) for name in CHROMIUMS),
        "no Chromium here; install the package chromium",
    ),
    "deploy": (
        lambda: all(shutil.which(name) for name in DEPLOY_TOOLS),
        f"not all of {', '.join(DEPLOY_TOOLS)} are here",
    ),
    "npm": (
        lambda: shutil.which("npm") is not None,
        "no npm here; install Node.js 20 or newer",
    ),
    "balancer": (
        lambda: all(shutil.which(name) for name in ("haproxy", "openssl")),
        "no HAProxy here; install the packages haproxy and openssl",
    ),
    "docker": (
        lambda: os.geteuid() == 0 and all(shutil.which(name) for name in ENGINE),
        f"not root, or not all of {', '.join(ENGINE)} here",
    ),
    "prometheus": (
        lambda: all(shutil.which(name) for name in ("prometheus", "promtool", "haproxy")),
        "no Prometheus or HAProxy here; install the packages prometheus and haproxy",
    ),
    "replication": (
        lambda: os.geteuid() == 0 and any(Path("/usr/lib/postgresql").glob("*/bin/pg_basebackup")),
        "no PostgreSQL of Debian here, or not root; install the package postgresql",
    ),
    "many_files": (
        lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= MANY_FILES,
        f"no process may have {MANY_FILES:,} files open here; raise the limit of the shell",
    ),
    "needs_root": (lambda: os.geteuid() == 0, "not root"),
}
# Slow suites run when they are named with -m, or with --all.
SLOW = ("docker", "faults", "install")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="leave nothing out; what cannot run fails")
    parser.addoption("--full", action="store_true", help="fault suites at the size of the figures")


def pytest_configure(config: pytest.Config) -> None:
    """Provide the services, then set Django up: its settings read where they are."""
    import django

    from nexus.runtime import services

    home = Path(tempfile.mkdtemp(prefix="nexus-tests-"))
    config.stash[HOME] = home
    os.environ["NEXUS_HOME"] = str(home)
    os.environ.setdefault("SECRET_KEY", "only for tests")
    # Tests ask faster than a client may; those of the limits set one of their own.
    os.environ["NEXUS_API_RATE"] = "100000"
    # Tests write rows past the services, which tell of changes; those of the cache set a time.
    os.environ["NEXUS_KEPT_S"] = "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "nexus.config.settings"
    services.ensure_services()
    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[HOME], ignore_errors=True)


HOME = pytest.StashKey[Path]()
LEFT_OUT = pytest.StashKey[dict[str, int]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run, and the slow suites unless they are asked for."""
    left_out: dict[str, int] = {}
    config.stash[LEFT_OUT] = left_out
    everything = config.getoption("--all")
    asked = str(config.getoption("-m"))
    kept = []
    for item in items:
        reasons = [
            f"{marker}: {remedy}"
            for marker, (present, remedy) in NEEDS.items()
            if item.get_closest_marker(marker) and not present()
        ]
        reasons += [
            f"{marker}: slow; `script/test -m {marker}` runs them"
            for marker in SLOW
            if item.get_closest_marker(marker) and marker not in asked
        ]
        if everything or not reasons:
            kept.append(item)
        else:
            left_out[reasons[0]] = left_out.get(reasons[0], 0) + 1
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
    config: pytest.Config,
) -> None:
    """Say in one line what was left out."""
    left_out = config.stash.get(LEFT_OUT, {})
    if left_out:
        parts = [f"{count} {reason}" for reason, count in left_out.items()]
        terminalreporter.write_line(f"Left out: {'; '.join(parts)}.")
