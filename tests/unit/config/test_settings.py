"""The promises of the settings, and their documentation."""

import re
from pathlib import Path

from django.conf import settings

from nexus.core.observability.metrics import FOLDER

ROOT = Path(__file__).resolve().parents[3]
# A provider has several variables.
READERS = re.compile(r"""(?:read_\w+\(|environ\.get\(|environ\[)((?:\s*"[A-Z_]+",?)+)""")
# Variables that compose.yaml takes from .env.
COMPOSED = re.compile(r"\$\{([A-Z_]+)")
OF_COMPOSE_ITSELF = {"COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"}
NAME = re.compile(r'"([A-Z_]+)"')
# Variables of Django and the platform, which Nexus sets or passes on.
FOREIGN = {"DJANGO_SETTINGS_MODULE", "PATH", "TMPDIR", "XDG_RUNTIME_DIR", "HOME"}


def test_env_example_lists_every_variable_that_is_read() -> None:
    composed = set(COMPOSED.findall((ROOT / "compose.yaml").read_text("utf-8")))
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "nexus").rglob("*.py"))
    read = {name for names in READERS.findall(code) for name in NAME.findall(names)} - FOREIGN
    # Its name is defined once, in the code that repeats prometheus-client's.
    read.add(FOLDER)
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    listed = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert read | composed | OF_COMPOSE_ITSELF == listed


def test_env_example_explains_every_variable_in_one_line() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), line


def test_nothing_insecure_by_default() -> None:
    assert settings.DEBUG is False
    assert "*" not in settings.ALLOWED_HOSTS
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
