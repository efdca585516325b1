"""What every fault suite shares: a seed that replays it, and two sizes."""

import os
import secrets
from collections.abc import Callable

import pytest


@pytest.fixture
def seed() -> int:
    """Tell the seed of this run's chances; NEXUS_FAULT_SEED replays them."""
    found = int(os.environ.get("NEXUS_FAULT_SEED") or secrets.randbelow(2**32))
    print(f"Replay with NEXUS_FAULT_SEED={found}")  # noqa: T201 -- shown when the test fails
    return found


@pytest.fixture
def sized(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """Choose between the size of a usual run and that of --full, for which figures are told."""
    full = bool(request.config.getoption("--full"))
    return lambda usual, told: told if full else usual
