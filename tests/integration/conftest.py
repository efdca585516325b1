"""Pages refer to static files by the names that collectstatic creates."""

import pytest
from django.core.management import call_command


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    call_command("collectstatic", verbosity=0, interactive=False)


@pytest.fixture
def unlimited() -> None:
    """Forget every log-in attempt of earlier tests."""
    # Created late: it needs the settings.
    from tests.support.accounts import forget_attempts

    forget_attempts()
