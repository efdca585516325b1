"""Disposable services."""

from pathlib import Path

import pytest

from nexus.runtime.embedded import temporary_cluster
from tests.support.embedded import cached, left_behind, query, silent


def test_temporary_services_have_the_settings_asked_for_and_are_deleted(home: Path) -> None:
    settings = {"fsync": "off", "cluster_name": "it's \\ a lab"}
    with temporary_cluster(home, settings=settings, say=silent) as services:
        assert services.home.is_relative_to(home)
        assert query(services, "SHOW fsync") == "off"
        assert query(services, "SHOW cluster_name") == "it's \\ a lab"
        with cached(services) as client:
            assert client.ping() is True
    assert not services.home.exists()
    assert left_behind(services.home) == []


def test_temporary_services_are_deleted_when_their_user_fails(home: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        temporary_cluster(home, say=silent) as services,
    ):
        raise ZeroDivisionError
    assert not services.home.exists()


def test_temporary_services_are_each_ones_own(home: Path) -> None:
    with (
        temporary_cluster(home, say=silent) as one,
        temporary_cluster(home, say=silent) as another,
    ):
        query(one, "CREATE TABLE only_here ()")
        assert query(another, "SELECT to_regclass('only_here')") is None
