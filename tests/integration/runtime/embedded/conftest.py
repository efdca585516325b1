"""Homes that must be clean at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nexus.runtime.embedded import Services, start
from tests.support.embedded import await_end, hasten_end, left_behind


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return the path of a home; no remains of its services may be left at the end."""
    path = tmp_path / "home"
    yield path
    hasten_end(path)
    await_end(path)
    assert left_behind(path) == []


@pytest.fixture
def serve(home: Path) -> Iterator[Callable[..., Services]]:
    """Return a function that holds the services of `home`, or another's, until the test ends."""
    held: list[Services] = []

    def hold(where: Path = home) -> Services:
        held.append(start(where))
        return held[-1]

    yield hold
    for services in held:
        services.close()
        hasten_end(services.home)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Return services that the tests of a module share; a test must not damage them."""
    path = tmp_path_factory.mktemp("served") / "home"
    services = start(path)
    yield services
    services.close()
    await_end(path)
    assert left_behind(path) == []
