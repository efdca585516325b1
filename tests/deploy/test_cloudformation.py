"""The stacks for AWS: linted, and created in moto, which supports most of them."""

import fnmatch
import ipaddress
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.tools import ROOT, created_stacks, python_tools, run
from tests.support.nonempty import nonempty

pytestmark = pytest.mark.deploy

FOLDER = ROOT / "deploy/cloudformation"
TEMPLATES = sorted(FOLDER.glob("*.yaml"))
# Resources that moto does not create: only cfn-lint checks them against the schema.
NOT_MADE = {
    "AWS::AmazonMQ::Broker",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::SecretsManager::Secret",
}
SECRETS = {
    "DATABASE_URL",
    "CACHE_URL",
    "BROKER_URL",
    "SECRET_KEY",
    "NEXUS_METRICS_TOKEN",
    "EMAIL_URL",
}


def test_cfn_lint_finds_nothing() -> None:
    done = run(python_tools() / "cfn-lint", *TEMPLATES)

    assert done.returncode == 0, done.stdout + done.stderr


def test_cfn_lint_would_find_a_fault(tmp_path: Path) -> None:
    broken = (FOLDER / "registry.yaml").read_text("utf-8").replace("ScanOnPush", "ScanOnPull")
    (tmp_path / "registry.yaml").write_text(broken, "utf-8")

    done = run(python_tools() / "cfn-lint", tmp_path / "registry.yaml")

    assert done.returncode == 2
    assert "ScanOnPull" in done.stdout


def test_checkov_finds_nothing() -> None:
    done = run(
        *(python_tools() / "checkov", "--config-file", "deploy/checkov.yaml"),
        *("--framework", "cloudformation", "--output", "json", "--directory", FOLDER),
    )

    found = json.loads(done.stdout)
    failed = [(each["check_id"], each["resource"]) for each in found["results"]["failed_checks"]]
    assert failed == []
    assert found["summary"]["passed"] >= 80
    assert found["summary"]["parsing_errors"] == 0


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """Everything, with a release that serves and the next one to be migrated."""
    return created_stacks()


def test_all_stacks_are_created(made: dict[str, Any]) -> None:
    assert made["made"] == {"registry": "CREATE_COMPLETE", "nexus": "CREATE_COMPLETE"}
    # Registry, nexus, network, stores, service, alarms, and a part four times.
    assert made["stacks"] == ["CREATE_COMPLETE"] * 10


def test_resources_that_moto_does_not_create_are_listed(made: dict[str, Any]) -> None:
    written = {
        kind
        for template in TEMPLATES
        for kind in re.findall(r"^    Type: (AWS::\S+)$", template.read_text("utf-8"), re.MULTILINE)
        if not kind.endswith(("::Id", "::Id>"))
    }

    assert written - set(made["types"]) == NOT_MADE


def test_network_spans_two_zones(made: dict[str, Any]) -> None:
    assert made["networks"] == ["10.20.0.0/16"]
    assert made["gateways"] == 2


def test_stores_are_reached_by_the_parts_alone(made: dict[str, Any]) -> None:
    groups = {group["name"]: group for group in made["groups"]}
    stores = groups["PostgreSQL, Valkey and RabbitMQ of Nexus"]["in"]

    assert sorted(rule["FromPort"] for rule in stores) == [5432, 5671, 6379]
    for rule in stores:
        assert rule["IpRanges"] == []
        assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [
            groups["The parts of Nexus"]["id"]
        ]


def test_database_is_replicated_encrypted_and_protected(made: dict[str, Any]) -> None:
    replicas = "ReadReplicaDBInstanceIdentifiers"
    (first,) = (each for each in made["databases"] if each.get(replicas))
    (second,) = (each for each in made["databases"] if not each.get(replicas))

    assert first[replicas] == [second["DBInstanceIdentifier"]]
    assert first["MultiAZ"] is True
    assert first["Engine"] == "postgres"
    assert first["StorageEncrypted"] is True
    assert first["PubliclyAccessible"] is False
    assert first["BackupRetentionPeriod"] == 14


def test_registry_never_moves_a_tag(made: dict[str, Any]) -> None:
    (repository,) = made["repositories"]

    assert repository["imageTagMutability"] == "IMMUTABLE"


def test_web_is_behind_tls_with_a_readiness_check(made: dict[str, Any]) -> None:
    listeners = {listener["Port"]: listener for listener in made["listeners"]}
    (targets,) = made["targets"]

    assert listeners.keys() == {80, 443}
    assert listeners[80]["DefaultActions"][0]["RedirectConfig"]["Protocol"] == "HTTPS"
    assert listeners[443]["Protocol"] == "HTTPS"
    assert "TLS13" in listeners[443]["SslPolicy"]
    assert listeners[443]["DefaultActions"][0]["TargetGroupArn"] == targets["TargetGroupArn"]
    assert (targets["Port"], targets["HealthCheckPath"]) == (8000, "/readyz?without=cache")


def test_services_run_the_parts_and_leave_the_number_to_the_scaling(made: dict[str, Any]) -> None:
    counts = {service["serviceName"]: service["desiredCount"] for service in made["services"]}

    # If no number is set, moto uses none; AWS starts with one and raises it to the minimum.
    assert counts == {"web": 0, "worker": 0, "beat": 1}


def test_nothing_serves_before_the_first_migration() -> None:
    made = created_stacks("Image=", "SettingsFile=")

    assert set(made["made"].values()) == {"CREATE_COMPLETE"}
    # All but web, worker and beat.
    assert made["stacks"] == ["CREATE_COMPLETE"] * 7
    assert made["services"] == []
    (task,) = made["tasks"]
    (container,) = task["containerDefinitions"]
    assert (container["command"], container["image"]) == (["migrate"], "nexus:0.2.0")
    assert "environmentFiles" not in container


def test_the_next_release_migrates_while_this_one_serves(made: dict[str, Any]) -> None:
    containers = [task["containerDefinitions"][0] for task in made["tasks"]]

    assert {each["name"]: each["image"] for each in containers} == {
        "web": "nexus:0.1.0",
        "worker": "nexus:0.1.0",
        "beat": "nexus:0.1.0",
        "migrate": "nexus:0.2.0",
    }


def test_outputs_say_all_that_running_the_task_takes(made: dict[str, Any]) -> None:
    group = next(each["id"] for each in made["groups"] if each["name"] == "The parts of Nexus")
    private = [made["subnets"][f"10.20.{number}.0/24"] for number in (10, 11)]

    assert made["outputs"]["MigrateTask"].rpartition("/")[2].startswith("nexus-migrate:")
    assert made["outputs"]["Cluster"]
    assert made["outputs"]["TaskNetwork"] == (
        f"awsvpcConfiguration={{subnets=[{','.join(private)}],securityGroups=[{group}],"
        "assignPublicIp=DISABLED}"
    )


def test_an_alarm_may_pass_the_topic(made: dict[str, Any]) -> None:
    (statement,) = (
        each
        for each in made["topic_key"]["Statement"]
        if each["Principal"].get("Service") == "cloudwatch.amazonaws.com"
    )

    assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert list(statement["Condition"]["StringEquals"]) == ["aws:SourceAccount"]


def test_a_failover_of_the_database_replaces_no_server(made: dict[str, Any]) -> None:
    (targets,) = made["targets"]

    assert targets["HealthCheckIntervalSeconds"] * targets["UnhealthyThresholdCount"] > 120


def answered(rules: list[dict[str, Any]], path: str, address: str) -> str:
    """Return the kind of action for a request, evaluating rules as the load balancer does."""
    for rule in sorted(rules, key=lambda rule: (rule["Priority"] == "default", rule["Priority"])):
        for condition in rule["Conditions"]:
            if condition["Field"] == "path-pattern":
                fits = any(
                    fnmatch.fnmatchcase(path, each)
                    for each in condition["PathPatternConfig"]["Values"]
                )
            else:
                fits = any(
                    ipaddress.ip_address(address) in ipaddress.ip_network(each)
                    for each in condition["SourceIpConfig"]["Values"]
                )
            if not fits:
                break
        else:
            return str(rule["Actions"][0]["Type"])
    raise AssertionError(path)


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/users/user/"])
def test_admin_is_for_named_networks(made: dict[str, Any], path: str) -> None:
    assert answered(made["rules"], path, "192.0.2.9") == "forward"
    assert answered(made["rules"], path, "198.51.100.7") == "forward"
    assert answered(made["rules"], path, "198.51.100.8") == "fixed-response"


@pytest.mark.parametrize("number", range(1, 6))
def test_admin_is_not_reached_by_an_escaped_letter(made: dict[str, Any], number: int) -> None:
    path = "/admin/"
    escaped = f"{path[:number]}%{ord(path[number]):x}{path[number + 1 :]}"

    assert answered(made["rules"], escaped, "198.51.100.8") == "fixed-response"


@pytest.mark.parametrize("path", ["/", "/api/v1/claims/", "/account/", "/library/challenges/"])
def test_all_else_is_for_everybody(made: dict[str, Any], path: str) -> None:
    assert answered(made["rules"], path, "198.51.100.8") == "forward"


def test_tasks_are_restricted_and_take_secrets_by_reference(made: dict[str, Any]) -> None:
    commands = {}
    for task in nonempty(made["tasks"]):
        (container,) = task["containerDefinitions"]
        commands[container["name"]] = " ".join(container["command"])
        assert container["user"] == "10001"
        assert container["readonlyRootFilesystem"] is True
        assert container["linuxParameters"]["capabilities"]["drop"] == ["ALL"]
        assert {each["name"] for each in container["secrets"]} == SECRETS
        assert not SECRETS & {each["name"] for each in container["environment"]}
        # The timeout of a task is longer than the longest thing it waits for.
        assert container["stopTimeout"] >= 90

    assert commands == {
        "web": "part web --host 0.0.0.0 --kill-after 25",
        "worker": "part worker",
        "beat": "part beat",
        "migrate": "migrate",
    }
