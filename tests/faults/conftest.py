"""What every fault suite shares: a seed that replays it."""

import os
import secrets

import pytest


@pytest.fixture
def seed() -> int:
    """Report the seed of this run's chances; NEXUS_FAULT_SEED replays them."""
    found = int(os.environ.get("NEXUS_FAULT_SEED") or secrets.randbelow(2**32))
    print(f"Replay with NEXUS_FAULT_SEED={found}")  # noqa: T201 -- shown when the test fails
    return found
