"""The modules that a server process has loaded when it starts to serve."""

import os
import subprocess
import sys

from nexus.cli.preparation import NOWHERE

TOLD = """
import gc, sys
from nexus.config.wsgi import application
print(gc.get_freeze_count() > 100_000)
print("nexus.api.products.rest.products" in sys.modules)
print("numpy" in sys.modules)
"""


def test_all_code_is_loaded_and_frozen_and_what_measures_is_not() -> None:
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TOLD],
        env={**os.environ, **NOWHERE, "SECRET_KEY": "tests"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["True", "True", "False"]
