"""The image, checked in running containers."""

import json

import pytest

from tests.deploy.conftest import Project
from tests.deploy.engine import BASE, Engine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

# These run, whatever was deployed meanwhile.
PARTS = ("web-green", "worker", "beat")
MAX_MB = 450


def test_it_is_one_for_every_part_and_not_root(small: Project) -> None:
    assert len({small.inspect(part, ".Image") for part in PARTS}) == 1
    for part in PARTS:
        assert small.inside(part, "id", "-u").strip() == "10001"


def test_nothing_can_be_written_but_in_tmp(small: Project) -> None:
    attempt = (
        "import pathlib, sys\n"
        "pathlib.Path('/tmp/written').write_text('')\n"
        "for folder in ('/opt/nexus', '/etc', '/var/tmp', '/usr/local'):\n"
        "    try:\n"
        "        pathlib.Path(folder, 'written').write_text('')\n"
        "    except OSError:\n"
        "        continue\n"
        "    sys.exit(f'{folder} can be written')\n"
    )
    for part in PARTS:
        small.inside(part, "python", "-c", attempt)


def test_it_holds_nothing_to_build_with(small: Project) -> None:
    search = "for name in gcc cc make uv hatchling; do command -v $name; done; true"
    assert small.inside("web-green", "sh", "-c", search) == ""
    assert (
        small.inside("web-green", "sh", "-c", "ls /opt/tools /src /root/.cache 2>/dev/null; true")
        == ""
    )
    importable = "import importlib.util as i; print([n for n in ('pip', 'uv') if i.find_spec(n)])"
    assert small.inside("web-green", "python", "-c", importable).strip() == "[]"


def test_worker_executes_what_beat_sends(small: Project) -> None:
    asked = "celery -A nexus.config.celery inspect stats --json --timeout 5"
    for _ in range(30):
        answer = json.loads(small.inside("worker", "sh", "-c", asked).splitlines()[-1])
        (stats,) = answer.values()
        if stats["total"].get("outbox.sweep"):
            return
    pytest.fail(f"no task in {stats['total']}")


def test_labels_and_size(engine: Engine, image: str) -> None:
    found = json.loads(engine.run("docker", "image", "inspect", image, BASE))
    labels = found[0]["Config"]["Labels"]
    assert labels["org.opencontainers.image.licenses"] == "MIT"
    whole_mb, base_mb = (each["Size"] / 1e6 for each in found)
    print(  # noqa: T201 -- a figure for documentation/
        f"\nthe image has {whole_mb:.0f} MB, {whole_mb - base_mb:.0f} MB of them above its base"
    )
    assert whole_mb - base_mb < MAX_MB
