"""Real runs: one at a time, cancellable, and nothing is left behind."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from nexus.apps.labs import queries, services
from nexus.apps.labs.models import Run
from nexus.apps.labs.registry import find_lab
from nexus.apps.labs.running import data_sets, limits, runner
from nexus.apps.labs.running.machine_lock import measuring
from nexus.apps.products.samples import Shop
from nexus.apps.users.services import ensure_owner
from nexus.core.errors import UnavailableError
from nexus.engines.experiment import Needs
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

# A full run may take this long on a busy machine, with its data built first.
PATIENCE_S = 240


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, 'nexus_')")
        return {row[0] for row in cursor.fetchall()}


def drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}"')


@pytest.fixture(scope="module", autouse=True)
def no_data_sets_left(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """The server may be shared: these tests remove what they built on it."""
    del django_db_setup
    with django_db_blocker.unblock():
        before = databases()
        yield
        for name in databases() - before:
            drop(name)


def children() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [child for child in found if "nexus.apps.labs.running.run_process" in child.cmdline()]


@contextmanager
def running() -> Iterator[runner.Runner]:
    """A runner in its own thread."""
    stopped = threading.Event()
    worker = runner.Runner(keep_going=lambda: not stopped.is_set())
    thread = threading.Thread(target=worker.serve)
    thread.start()
    try:
        yield worker
    finally:
        stopped.set()
        thread.join(PATIENCE_S)


def request(lab: str = "overselling") -> Run:
    return services.request_run(lab=lab, by=ensure_owner(), form="quick", seed=1)


def has_begun(run: Run) -> bool:
    return "workers at once" in queries.get_run(run.pk).step


def has_ended(run: Run) -> bool:
    return queries.get_run(run.pk).has_ended


def test_run_gives_document_samples_and_leaves_no_database() -> None:
    run = request("n-plus-one")
    with running():
        assert until(lambda: has_ended(run), patience_s=PATIENCE_S)
    ended = queries.get_run(run.pk)
    assert (ended.status, ended.error) == ("done", "")
    assert ended.document is not None
    assert ended.document["schema"] == "nexus.run/1"
    assert ended.document["seed"] == 1
    assert ended.document["environment"]["postgresql"]
    lazy = ended.document["variants"]["lazy"]["queries"]["by_case"]
    assert [1 + 2 * size for size in (10, 50, 200)] == [case["median"] for case in lazy]
    assert queries.samples_csv(ended).startswith("round,pair,")
    assert not {name for name in databases() if "_run_" in name or "_build_" in name}
    assert not children()


def test_cancelled_run_ends_soon_and_leaves_nothing() -> None:
    run = request()
    with running():
        assert until(lambda: has_begun(run), patience_s=PATIENCE_S)
        services.cancel_run(run_id=run.pk, by=ensure_owner())
        assert until(lambda: has_ended(run), patience_s=PATIENCE_S)
        assert not children()
    assert queries.get_run(run.pk).status == "cancelled"
    assert not {name for name in databases() if "_run_" in name}


def test_killed_lab_process_fails_with_a_sentence() -> None:
    run = request()
    with running():
        assert until(lambda: has_begun(run), patience_s=PATIENCE_S)
        os.kill(children()[0].pid, signal.SIGKILL)
        assert until(lambda: has_ended(run), patience_s=PATIENCE_S)
    ended = queries.get_run(run.pk)
    assert (ended.status, ended.error) == ("failed", "The lab's process exited with signal 9.")
    assert not {name for name in databases() if "_run_" in name}


def test_stopped_runner_ends_its_run_as_interrupted() -> None:
    run = request()
    with running():
        assert until(lambda: has_begun(run), patience_s=PATIENCE_S)
    assert queries.get_run(run.pk).error == services.INTERRUPTED
    assert not children()


def test_new_runner_cleans_up_after_a_dead_one() -> None:
    run = request()
    taken = services.take_next_run()
    assert taken is not None
    template = data_sets.data_set_name(Shop())
    if template not in databases():
        with data_sets.build(template, Shop()):
            pass
    # As a killed runner would have left it: the context is entered and not left.
    unfinished = data_sets.new_database(template, str(run.pk))
    unfinished.__enter__()
    left = {name for name in databases() if "_run_" in name}
    assert left
    with running():
        assert until(lambda: has_ended(run), patience_s=PATIENCE_S)
    assert queries.get_run(run.pk).error == services.INTERRUPTED
    assert not left & databases()
    unfinished.__exit__(None, None, None)


def test_only_one_runner_of_a_database() -> None:
    with running() as first:
        assert until(lambda: first.locked)
        second = runner.Runner()
        assert not second.step()
        assert not second.locked


def test_only_one_measures_on_a_machine(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with measuring(path) as first, measuring(path) as second:
        assert (first, second) == (True, False)
    with measuring(path) as again:
        assert again


def test_machine_lock_can_be_taken_by_other_users(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with measuring(tmp_path / "lock"):
            assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


def test_run_that_needs_more_than_the_machine_has_becomes_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab = find_lab("overselling").lab
    monkeypatch.setattr(lab, "needs", Needs(disk_mb=1, memory_mb=10**9, time_s=1))
    run = request()
    with running():
        assert until(lambda: has_ended(run), patience_s=PATIENCE_S)
    ended = queries.get_run(run.pk)
    assert (ended.status, ended.verdict) == ("done", "unavailable")
    assert ended.document is not None
    assert "Close other programs" in ended.document["expectations"][0]["reason"]


def test_shortage_of_disk_names_the_remedy(settings: Settings) -> None:
    settings.EMBEDDED = True
    with pytest.raises(UnavailableError, match="set NEXUS_HOME to a larger disk"):
        limits.refuse_shortage(Needs(disk_mb=10**9, memory_mb=1, time_s=1))


def test_enough_of_everything_is_no_shortage() -> None:
    limits.refuse_shortage(Needs(disk_mb=1, memory_mb=1, time_s=1))


def test_data_set_name_changes_with_size_and_fits() -> None:
    names = {data_sets.data_set_name(Shop(products=size)) for size in (1, 2, 10**9)}
    assert len(names) == 3
    # PostgreSQL's own limit for a name.
    assert all(len(name) <= 63 for name in names)


def test_interrupted_build_leaves_no_data_set() -> None:
    name = data_sets.data_set_name(Shop(products=3))

    def build() -> None:
        with data_sets.build(name, Shop(products=3)):
            raise KeyboardInterrupt

    before = databases()
    with pytest.raises(KeyboardInterrupt):
        build()
    assert before == databases()


def test_finished_build_replaces_an_earlier_version() -> None:
    name = data_sets.data_set_name(Shop(products=3))
    earlier = name[:-1] + ("0" if name[-1] != "0" else "1")
    for version in (earlier, name):
        with data_sets.build(version, Shop(products=3)):
            pass
    assert name in databases()
    assert earlier not in databases()
    drop(name)
