"""With the settings of a deployment Django has no warnings."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEPLOYED = {
    "NEXUS_HTTPS": "1",
    "NEXUS_TRUSTED_PROXIES": "1",
    "ALLOWED_HOSTS": "nexus.example.org",
    "SECRET_KEY": "correct-horse-battery-staple-0123456789-of-a-deployment",
    "NEXUS_EMBEDDED": "0",
    "NEXUS_PUBLIC_URL": "https://nexus.example.org",
    "NEXUS_METRICS_TOKEN": "a-token-of-a-deployment",
    "EMAIL_URL": "smtp://user:password@mail.example.org:587",
}


def test_django_warns_of_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**os.environ, **DEPLOYED},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
