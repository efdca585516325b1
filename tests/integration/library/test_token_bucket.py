"""The lab of the token bucket: its verdicts, its servers, and its cleanup."""

import copy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest
import redis
from django.conf import settings

from library.challenges.token_bucket import lab as module
from library.challenges.token_bucket.lab import lab
from library.challenges.token_bucket.servers import PROCESSES, start_servers
from nexus.engines.experiment import NullBench, Trials, Variant, VariantError, run
from nexus.engines.experiment.model.budgets import BUDGETS
from tests.support.waiting import until

HOLD = """
import signal
from library.challenges.token_bucket.servers import PROCESSES, start_servers
with start_servers() as servers:
    seen = set()
    while len(seen) < PROCESSES:
        seen |= servers.processes()
    print(*seen, flush=True)
    signal.pause()
"""
ENDING_S = 30
KEY = "test:token-bucket"


@pytest.fixture(autouse=True)
def _few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three blocks decide here: the race is lost in nearly every trial."""
    monkeypatch.setitem(BUDGETS, "quick", replace(BUDGETS["quick"], blocks=3))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than a window is enough if no window must end and no client is tested alone."""
    monkeypatch.setattr(module, "FLOOD_S", 0.8)
    monkeypatch.setattr(module, "LONE_REQUESTS", 1)


def verdicts(lab: Trials) -> dict[str, str]:
    result = run(lab, NullBench(), slug="token-bucket", form="quick", seed=7)
    return {outcome.claim: str(outcome.verdict) for outcome in result.expectations}


def without_windows(**functions: Callable[[module.Flood], bool]) -> Trials:
    """Return the lab with two variants and their claims, some with another's function."""
    changed = copy.copy(lab)
    changed.variants = {
        name: Variant(name, variant.label, variant.baseline, functions.get(name, variant.function))
        for name, variant in lab.variants.items()
        if name != "fixed_window"
    }
    changed.expectations = [e for e in lab.expectations if e.variant != "fixed_window"]
    return changed


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def test_claims_are_decided_as_declared_and_nothing_is_left_behind() -> None:
    before = set(children())
    assert verdicts(lab) == {
        "token-bucket.bound": "supported",
        "token-bucket.two-steps": "supported",
        "token-bucket.fixed-window": "supported",
    }
    assert set(children()) == before
    with redis.Redis.from_url(settings.CACHE_URL) as store:
        # The throttles' keys expire within two windows.
        assert until(lambda: not list(store.scan_iter("*lab:token-bucket:*")))


@pytest.mark.usefixtures("hasty")
def test_two_steps_in_place_of_the_script_are_refuted() -> None:
    assert verdicts(without_windows(token_bucket=module.stock)) == {
        "token-bucket.bound": "refuted",
        "token-bucket.two-steps": "supported",
    }


@pytest.mark.usefixtures("hasty")
def test_race_that_was_not_provoked_decides_nothing() -> None:
    assert verdicts(without_windows(stock=module.token_bucket)) == {
        "token-bucket.bound": "inconclusive",
        "token-bucket.two-steps": "inconclusive",
    }


def test_servers_that_do_not_start_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_URL", "nowhere://")
    with (
        pytest.raises(VariantError, match=r"did not start.*CACHE_URL begins with 'nowhere'"),
        start_servers(),
    ):
        pass


def test_request_without_a_response_is_reported() -> None:
    with start_servers() as servers:
        assert servers.let_through("token_bucket", KEY)
        with pytest.raises(Exception, match="the servers answered 404"):
            servers.let_through("none", KEY)
        assert servers.let_through("token_bucket", KEY)
    with pytest.raises(ConnectionError):
        servers.let_through("token_bucket", KEY)


@pytest.mark.parametrize("victim", ["holder", "main"])
def test_servers_end_when_what_holds_them_is_killed(victim: str) -> None:
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            workers = [psutil.Process(int(number)) for number in holder.stdout.readline().split()]
            main = workers[0].parent()
            assert main is not None
            (main if victim == "main" else holder).kill()
            _, left = psutil.wait_procs(workers, timeout=ENDING_S)
        finally:
            holder.kill()
    _, main_left = psutil.wait_procs([main], timeout=ENDING_S)
    assert (len(workers), left, main_left) == (PROCESSES, [], [])
