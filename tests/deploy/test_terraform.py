"""The Terraform description for AWS: valid syntax, linted, and its decisions tested.

The providers are in no package registry, so these tests cannot show that AWS accepts it: `terraform
validate` and `plan` can, if the providers can be downloaded.
"""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.deploy.tools import ROOT, Done, python_tools, run

pytestmark = pytest.mark.deploy

FOLDER = ROOT / "deploy/terraform"
MODULES = sorted((FOLDER / "modules").iterdir())


def terraform(*words: str, cwd: Path) -> Done:
    return run("terraform", *words, cwd=cwd, variables={"CHECKPOINT_DISABLE": "1"})


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy everything, so that Terraform's files are not left in the repository."""
    return Path(shutil.copytree(FOLDER, tmp_path / "terraform"))


def test_files_are_formatted() -> None:
    done = terraform("fmt", "-check", "-recursive", cwd=FOLDER)

    assert (done.returncode, done.stdout) == (0, "")


def test_every_module_is_read_and_wired(copy: Path) -> None:
    """Let Terraform read all files: checks their syntax, and that each module exists."""
    done = terraform("get", cwd=copy)

    assert done.returncode == 0, done.stderr
    read = json.loads((copy / ".terraform/modules/modules.json").read_text("utf-8"))["Modules"]
    assert {copy / module["Dir"] for module in read if module["Key"]} == {
        copy / "modules" / module.name for module in MODULES
    }


def test_a_broken_file_would_be_found(copy: Path) -> None:
    broken = copy / "modules/part/main.tf"
    broken.write_text(broken.read_text("utf-8") + "resource {", "utf-8")

    assert terraform("get", cwd=copy).returncode == 1


def test_versions_are_pinned() -> None:
    for module in (FOLDER, *MODULES):
        text = "".join(path.read_text("utf-8") for path in sorted(module.glob("*.tf")))
        assert 'required_version = "~> 1.11"' in text, module.name
        sources = re.findall(r'^ +source += "hashicorp/', text, re.MULTILINE)
        assert len(re.findall(r'^ +version = "~> ', text, re.MULTILINE)) == len(sources), (
            module.name
        )


def test_layout_decides_as_it_should(copy: Path) -> None:
    module = copy / "modules/layout"
    for words in (["init"], ["validate"]):
        done = terraform(*words, "-no-color", cwd=module)
        assert done.returncode == 0, done.stdout + done.stderr

    done = terraform("test", "-no-color", cwd=module)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "19 passed, 0 failed" in done.stdout


def test_a_wrong_decision_would_be_found(copy: Path) -> None:
    module = copy / "modules/layout"
    main = module / "main.tf"
    main.write_text(main.read_text("utf-8").replace("10 + number", "1 + number"), "utf-8")
    assert terraform("init", cwd=module).returncode == 0

    done = terraform("test", "-no-color", cwd=module)

    assert done.returncode == 1
    assert 'run "subnets_do_not_overlap"... fail' in done.stdout


def test_checkov_finds_nothing() -> None:
    done = run(
        *(python_tools() / "checkov", "--config-file", "deploy/checkov.yaml"),
        *("--framework", "terraform", "--output", "json", "--directory", FOLDER),
    )

    found = json.loads(done.stdout)
    failed = [(each["check_id"], each["resource"]) for each in found["results"]["failed_checks"]]
    assert failed == []
    assert found["summary"]["passed"] >= 200
    assert found["summary"]["parsing_errors"] == 0
