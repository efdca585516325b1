"""The basis of all tests: their own services, and a report of the tests that were skipped."""

import os
import resource
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker

from tests.suites import ROOT, Suite, declared

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
# The commands that start a container engine, and fill it without pulling an image.
ENGINE = ("dockerd", "docker", "docker-compose", "debootstrap", "slirp4netns", "unshare", "podman")
MANY_FILES = 2048
DEPLOY_TOOLS = ("java", "kubectl", "npm", "terraform")
# These clusters need no durable writes; tests that need them set up their own.
UNSAFE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"

# What a test with a marker needs, and how to get it.
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

HOME = pytest.StashKey[Path]()
BLOCKER = pytest.StashKey[DjangoDbBlocker]()
LEFT_OUT = pytest.StashKey[dict[str, set[str]]]()
SUITES = "suites"
"""The key under which the names of suites stand; under the others are tests."""

# The only settings of Hypothesis: tests do not have their own. How long an example takes, and how
# long it takes to draw one, depends on the load of the machine, so neither fails a test. A fixture
# that is created once for all examples is what most tests need: they undo what an example did.
UNTIMED: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "print_blob": True,
    "suppress_health_check": [
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
}
# The same examples in every run: a change of the code decides whether a test fails, not chance.
hypothesis.settings.register_profile("ci", max_examples=20, derandomize=True, **UNTIMED)
hypothesis.settings.register_profile("thorough", max_examples=200, **UNTIMED)
# Requests are drawn by schemathesis, whose strategies we do not control.
EVERY_CHECK = {"suppress_health_check": list(hypothesis.HealthCheck)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all",
        action="store_true",
        help="what this machine lacks something for fails, in place of being left out",
    )
    parser.addoption("--full", action="store_true", help="full sizes, as `just thorough` runs them")
    parser.addoption("--suite", metavar="NAME", help="only the tests of a suite of suites.toml")


def is_controller(config: pytest.Config) -> bool:
    """Return whether the tests run in worker processes."""
    return config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Provide the services, then set Django up: its settings contain their URLs."""
    full = bool(config.getoption("--full"))
    hypothesis.settings.load_profile("thorough" if full else "ci")
    hypothesis.settings.register_profile(
        "requests",
        max_examples=12 if full else 4,
        **{**UNTIMED, **EVERY_CHECK, "derandomize": True},
    )
    left_out: dict[str, set[str]] = defaultdict(set)
    config.stash[LEFT_OUT] = left_out
    if wanted := config.getoption("--suite"):
        suites = {suite.name: suite for suite in declared()}
        if wanted not in suites:
            raise pytest.UsageError(f"There is no suite {wanted}; there are {', '.join(suites)}.")
        config.args = [str(ROOT / path) for path in suites[wanted].paths]
    if is_controller(config):
        config.pluginmanager.register(LeftOutOfWorkers(config))
        return
    import django

    from nexus.runtime import services

    if hasattr(config, "workerinput"):
        # Its own folder for temporary files has its own measuring lock.
        folder = tempfile.mkdtemp(prefix="nx-")
        os.chmod(folder, 0o1777)  # noqa: PTH101, S103 -- as /tmp: some tests switch to another user
        os.environ["TMPDIR"] = tempfile.tempdir = folder
    home = Path(tempfile.mkdtemp(prefix="nexus-tests-"))
    config.stash[HOME] = home
    (home / "postgres.extra.conf").write_text(UNSAFE, "utf-8")
    os.environ["NEXUS_HOME"] = str(home)
    os.environ.setdefault("SECRET_KEY", "only for tests")
    # Tests send requests faster than a client may; tests of rate limits set their own.
    os.environ["NEXUS_API_RATE"] = "100000"
    # Tests write rows without the services, which invalidate the cache; tests of the cache set a
    # time.
    os.environ["NEXUS_KEPT_S"] = "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "nexus.config.settings"
    services.ensure_services()
    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    if HOME not in config.stash:
        return
    shutil.rmtree(config.stash[HOME], ignore_errors=True)
    if hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)


@pytest.fixture
def sized(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """Choose between the size of a usual run and that of --full, which `just thorough` runs."""
    full = bool(request.config.getoption("--full"))
    return lambda usual, thorough: thorough if full else usual


@pytest.fixture(scope="session", autouse=True)
def _keep_blocker(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> None:
    request.config.stash[BLOCKER] = django_db_blocker


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Restore the rows of migrations after a test that has emptied all tables.

    Without it the result of later tests would depend on the order of tests, which differs with
    the number of workers.
    """
    yield
    if nextitem is None:
        # The database was dropped with the session.
        return
    marker = item.get_closest_marker("django_db")
    emptied = marker is not None and marker.kwargs.get("transaction")
    if emptied or "transactional_db" in getattr(item, "fixturenames", ()):
        from django.db import connection

        with item.config.stash[BLOCKER].unblock():
            restore_rows(connection)


def restore_rows(connection: Any) -> None:
    """Write the rows of the migrations again."""
    if rows := getattr(connection, "_test_serialized_contents", None):
        connection.creation.deserialize_db_from_string(rows)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip a whole suite that is not selected: even collecting its tests takes time."""
    if config.getoption("--suite"):
        return None
    for suite in declared():
        folders = [ROOT / path for path in suite.paths]
        if suite.marker is None and collection_path in folders and not is_named(config, suite):
            # On the way to the selected tests pytest visits other folders, which need no report.
            if any(collection_path.is_relative_to(path) for path in named_paths(config)):
                config.stash[LEFT_OUT][SUITES].add(suite.name)
            return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, and expensive suites unless they are selected."""
    kept, deselected = [], []
    wanted = config.getoption("--suite")
    for item in items:
        markers = {marker.name for marker in item.iter_markers()}
        own = {suite.name: suite for suite in declared() if suite.contains(item.path, markers)}
        if wanted and wanted not in own:
            deselected.append(item)
        elif other := [name for name in own if not (wanted or is_named(config, own[name]))]:
            config.stash[LEFT_OUT][SUITES].update(other)
            deselected.append(item)
        elif lacking := [] if config.getoption("--all") else sorted(markers & missing()):
            config.stash[LEFT_OUT][f"{lacking[0]} ({NEEDS[lacking[0]][1]})"].add(item.nodeid)
            deselected.append(item)
        else:
            kept.append(item)
    config.hook.pytest_deselected(items=deselected)
    items[:] = kept


@cache
def missing() -> set[str]:
    """Return the markers of tests that this machine cannot run."""
    return {marker for marker, (present, _) in NEEDS.items() if not present()}


def is_named(config: pytest.Config, suite: Suite) -> bool:
    """Return whether the command line selects a suite: by its marker, or by a path inside it."""
    if suite.marker and suite.marker in str(config.getoption("-m")):
        return True
    folders = [ROOT / path for path in suite.paths]
    named = named_paths(config)
    # The folder of several suites does not select a suite that has a marker.
    if suite.marker:
        named = [path for path in named if path.is_file()]
    return any(path.is_relative_to(folder) for path in named for folder in folders)


def named_paths(config: pytest.Config) -> list[Path]:
    """Return the files and folders that the command line, or else the configuration, names."""
    return [config.invocation_params.dir / word.partition("::")[0] for word in config.args]


class LeftOutOfWorkers:
    """Collects what the workers skipped: each of them collects the same tests."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_testnodedown(self, node: Any) -> None:
        """Read the report of a worker that has ended."""
        for reason, names in getattr(node, "workeroutput", {}).get("left_out", {}).items():
            self.config.stash[LEFT_OUT][reason].update(names)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        left_out = session.config.stash[LEFT_OUT]
        session.config.workeroutput["left_out"] = {key: sorted(left_out[key]) for key in left_out}


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
    config: pytest.Config,
) -> None:
    """Report in one line what was skipped."""
    left_out = config.stash[LEFT_OUT].copy()
    suites = sorted(left_out.pop(SUITES, ()))
    parts = [f"{len(tests)} {reason}" for reason, tests in left_out.items()]
    if suites:
        parts.append(f"the suites {', '.join(suites)} (`script/test --suite NAME` runs one)")
    if parts:
        terminalreporter.write_line(f"Left out: {'; '.join(parts)}.")
