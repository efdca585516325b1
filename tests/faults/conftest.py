"""A seed that replays a fault suite."""

import os
import secrets

import pytest


@pytest.fixture
def seed() -> int:
    """Report the random seed of this run; NEXUS_FAULT_SEED replays it."""
    found = int(os.environ.get("NEXUS_FAULT_SEED") or secrets.randbelow(2**32))
    print(f"Replay with NEXUS_FAULT_SEED={found}")  # noqa: T201 -- shown when the test fails
    return found
