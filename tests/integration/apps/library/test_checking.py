"""The library of this installation passes its own linter."""

from pathlib import Path

from django.conf import settings

from nexus.apps.labs.checking import check_labs
from nexus.apps.library.checking import Scope, check_library


def test_own_library_is_without_faults(tmp_path: Path) -> None:
    report = check_library(settings.LIBRARY_DIR, scope=Scope(), cache=tmp_path)
    assert report.pages
    assert [str(fault) for fault in (*report.faults, *check_labs(report.pages))] == []
