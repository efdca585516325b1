"""CloudFormation and Terraform describe the same system.

CloudFormation's side is what moto created. On Terraform's side the modules are evaluated without
their resources, which would need a provider; the load balancer, which consists only of resources,
is compared as text.
"""

import json
import re
import shutil
from typing import Any

import pytest
import yaml
from granian.http import HTTP1Settings

from tests.deploy.tools import ROOT, created_stacks, python_tools, run

pytestmark = pytest.mark.deploy

MODULES = ROOT / "deploy/terraform/modules"
FORMATION = ROOT / "deploy/cloudformation"
PARTS = ("web", "worker", "beat", "migrate")
READ = "import hcl2, json, sys; json.dump(hcl2.load(open(sys.argv[1])), sys.stdout)"

Values = dict[str, Any]


class Template(yaml.SafeLoader):
    """Reads !Ref and similar tags as their value."""


def _what_follows(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


Template.add_multi_constructor("!", _what_follows)


def template(name: str) -> Values:
    text = (FORMATION / f"{name}.yaml").read_text("utf-8")
    read: Values = yaml.load(text, Loader=Template)  # noqa: S506 -- the loader is a safe one
    resources: Values = read["Resources"]
    return resources


def blocks(path: str, kind: str) -> dict[str, Values]:
    """Return the blocks of a kind in a Terraform file, by their last label."""
    done = run(python_tools() / "python", "-c", READ, MODULES / path)
    assert done.returncode == 0, done.stderr
    found: dict[str, Values] = {}
    for block in json.loads(done.stdout)[kind]:
        ((name, inner),) = block.items()
        if kind == "resource":
            found |= {f"{name}.{last}": values for last, values in inner.items()}
        else:
            found[name] = inner
    return found


def one(block: Values, *names: str) -> Any:
    """Return a value of a block, which is read as a list of one."""
    for name in names:
        (block,) = block[name]
    return block


@pytest.fixture(scope="module")
def made() -> Values:
    return created_stacks()


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """The layout, the alarms and the containers as Terraform evaluates them, in production."""
    folder = tmp_path_factory.mktemp("evaluated")
    shutil.copytree(MODULES / "layout", folder / "layout")
    for name, told in (("alarms", "alarms"), ("part", "container")):
        text = (MODULES / name / "main.tf").read_text("utf-8")
        text = re.sub(
            r"^(resource|data|output) [^\n]*{(}|\n.*?^})$", "", text, flags=re.MULTILINE | re.DOTALL
        )
        (folder / name).mkdir()
        text += f'output "{told}" {{\n  value = local.{told}\n}}\n'
        (folder / name / "main.tf").write_text(text, "utf-8")
    known = dict.fromkeys(("name", "region", "cluster", "logs", "start_role", "task_role"), "some")
    deployment = {
        **known,
        "host_name": "nexus.example.org",
        "security_group": "some",
        "subnets": [],
        "secrets": dict.fromkeys(secrets_of_terraform(), "some"),
        "mail_from": "nexus@example.org",
        "settings_file": "arn:aws:s3:::nexus-settings/further.env",
    }
    dimensions = ("name", "address", "balancer", "targets", "database", "replica", "broker")
    modules: Values = {
        "layout": {
            "source": "./layout",
            "stage": "production",
            "host_name": "nexus.example.org",
            "image_tag": "0.1.0",
            "migrate_image_tag": "0.2.0",
            "alarm_address": "operator@example.org",
            "mail_from": "nexus@example.org",
            "email_url": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:email",
            "admin_from": ["192.0.2.0/24"],
            "zones": ["a", "b"],
        },
        "alarms": {
            "source": "./alarms",
            "least": '${module.layout.counts["web"].least}',
            **dict.fromkeys(dimensions, "some"),
        },
    }
    for name, block in blocks("service/main.tf", "module").items():
        given = ("command", "health_command", "cpu", "memory")
        modules[name] = {
            "source": "./part",
            "name": name,
            "image": "some",
            "deployment": deployment,
            **{key: one(block, key) for key in given if key in block},
            **({"targets": "some"} if "targets" in block else {}),
        }
    outputs = {
        "counts": "${module.layout.counts}",
        "alarms": "${module.alarms.alarms}",
        **{name: f"${{module.{name}.container}}" for name in PARTS},
    }
    root = {"module": modules, "output": {k: {"value": v} for k, v in outputs.items()}}
    (folder / "main.tf.json").write_text(json.dumps(root), "utf-8")
    for words in (("init",), ("apply", "-auto-approve"), ("output", "-json")):
        done = run("terraform", *words, cwd=folder, variables={"CHECKPOINT_DISABLE": "1"})
        assert done.returncode == 0, done.stdout + done.stderr
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}


def secrets_of_terraform() -> set[str]:
    values = (MODULES / "stores/secrets.tf").read_text("utf-8")
    (names,) = re.findall(r"for_each = toset\((\[.*\])\)", values)
    service = (ROOT / "deploy/terraform/main.tf").read_text("utf-8")
    (further,) = re.findall(r"merge\(module\.stores\.secrets, { (\w+) = ", service)
    return {*json.loads(names), further}


def test_both_raise_the_same_alarms(evaluated: Values) -> None:
    formation = {
        (alarm["Namespace"], alarm["MetricName"]): {
            "what": alarm["AlarmDescription"],
            "statistic": alarm["Statistic"],
            "dimensions": sorted(each["Name"] for each in alarm["Dimensions"]),
            "period_s": alarm["Period"],
            "minutes": alarm["EvaluationPeriods"],
            "comparison": alarm["ComparisonOperator"],
            "bar": alarm["Threshold"],
            "missing": alarm["TreatMissingData"],
        }
        for alarm in (
            each["Properties"]
            for each in template("alarms").values()
            if each["Type"] == "AWS::CloudWatch::Alarm"
        )
    }
    written = blocks("alarms/main.tf", "resource")["aws_cloudwatch_metric_alarm.alarm"]
    assert one(written, "comparison_operator").startswith("${each.value.above ?")
    terraform = {
        (alarm["namespace"], alarm["metric"]): {
            "what": alarm["what"],
            "statistic": alarm["statistic"],
            "dimensions": sorted(alarm["dimensions"]),
            "period_s": one(written, "period"),
            "minutes": alarm["minutes"],
            "comparison": "GreaterThanThreshold" if alarm["above"] else "LessThanThreshold",
            "bar": alarm["bar"],
            "missing": alarm["missing"],
        }
        for alarm in evaluated["alarms"].values()
    }

    assert formation == terraform
    assert len(formation) == len(evaluated["alarms"]) == 7


def test_both_send_alarms_with_a_key_that_alarms_may_use() -> None:
    written = (MODULES / "alarms/main.tf").read_text("utf-8")
    topic = blocks("alarms/main.tf", "resource")["aws_sns_topic.alarms"]
    policy = blocks("alarms/main.tf", "data")["aws_iam_policy_document"]["key"]
    (statement,) = (
        each
        for each in policy["statement"]
        if one(each, "principals", "identifiers") == ["cloudwatch.amazonaws.com"]
    )

    assert one(topic, "kms_master_key_id") == "${aws_kms_key.alarms.arn}"
    assert "alias/aws/sns" not in written
    assert one(statement, "actions") == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert one(statement, "condition", "variable") == "aws:SourceAccount"


@pytest.mark.parametrize("part", PARTS)
def test_both_start_the_same_containers(made: Values, evaluated: Values, part: str) -> None:
    (formation,) = (
        container
        for task in made["tasks"]
        for container in task["containerDefinitions"]
        if container["name"] == part
    )
    terraform = evaluated[part]

    def ports(container: Values) -> list[int]:
        return [each["containerPort"] for each in container.get("portMappings", [])]

    def names(container: Values, kind: str) -> set[str]:
        return {each["name"] for each in container[kind]}

    for key in ("command", "user", "readonlyRootFilesystem", "stopTimeout", "environmentFiles"):
        assert formation[key] == terraform[key], key
    assert formation.get("healthCheck") == terraform["healthCheck"]
    assert ports(formation) == ports(terraform)
    assert names(formation, "environment") == names(terraform, "environment")
    assert names(formation, "secrets") == names(terraform, "secrets")
    assert [each["containerPath"] for each in formation["mountPoints"]] == ["/tmp"]  # noqa: S108 -- a path of the container
    assert [each["containerPath"] for each in terraform["mountPoints"]] == ["/tmp"]  # noqa: S108 -- a path of the container


def test_every_part_has_a_health_check(evaluated: Values) -> None:
    """ECS does not use the health check of an image; the load balancer checks web."""
    checks = {name: evaluated[name]["healthCheck"] for name in PARTS}

    assert checks["worker"]["command"] == ["CMD", "nexus", "manage", "worker_alive"]
    assert checks["beat"]["command"] == ["CMD", "python", "/opt/nexus/bin/health.py"]
    assert (checks["web"], checks["migrate"]) == (None, None)
    assert evaluated["web"]["portMappings"]


@pytest.mark.parametrize("part", PARTS)
def test_both_size_a_part_alike(part: str) -> None:
    formation = template("service")[part.title()]["Properties"]["Parameters"]
    terraform = blocks("service/main.tf", "module")[part]

    for name in ("cpu", "memory"):
        assert int(formation[name.title()]) == one(terraform, name)


def test_mounted_volume_is_declared_by_the_image() -> None:
    """On Fargate a volume belongs to root, unless the image declares it."""
    last_stage = (ROOT / "Dockerfile").read_text("utf-8").rpartition("\nFROM ")[2]

    assert 'VOLUME ["/tmp"]' in last_stage


def test_both_ask_the_servers_alike(made: Values) -> None:
    (formation,) = made["targets"]
    written = blocks("service/balancer.tf", "resource")["aws_lb_target_group.web"]
    terraform = one(written, "health_check")
    names = {
        "HealthCheckPath": "path",
        "HealthCheckIntervalSeconds": "interval",
        "HealthCheckTimeoutSeconds": "timeout",
        "HealthyThresholdCount": "healthy_threshold",
        "UnhealthyThresholdCount": "unhealthy_threshold",
    }

    assert {name: formation[name] for name in names} == {
        name: one(terraform, other) for name, other in names.items()
    }
    assert formation["Matcher"]["HttpCode"] == one(terraform, "matcher")
    assert formation["Port"] == one(written, "port")
    attributes = template("service")["Targets"]["Properties"]["TargetGroupAttributes"]
    assert {each["Key"]: each["Value"] for each in attributes} == {
        "deregistration_delay.timeout_seconds": str(one(written, "deregistration_delay")),
        "load_balancing.algorithm.type": one(written, "load_balancing_algorithm_type"),
    }


def test_both_balance_alike(made: Values) -> None:
    resources = blocks("service/balancer.tf", "resource")
    balancer = resources["aws_lb.nexus"]
    listeners = [block for name, block in resources.items() if name.startswith("aws_lb_listener.")]

    attributes = template("service")["Balancer"]["Properties"]["LoadBalancerAttributes"]
    formation = {each["Key"]: each["Value"] for each in attributes}
    idle_s = one(balancer, "idle_timeout")
    assert formation["idle_timeout.timeout_seconds"] == str(idle_s)
    # The server must not close first: a request may be in transit.
    assert idle_s * 1000 < HTTP1Settings().header_read_timeout
    mode = formation["routing.http.desync_mitigation_mode"]
    assert mode == one(balancer, "desync_mitigation_mode")
    assert {
        (each["Port"], each["Protocol"], each.get("SslPolicy")) for each in made["listeners"]
    } == {
        (one(each, "port"), one(each, "protocol"), each.get("ssl_policy", [None])[0])
        for each in listeners
    }


def test_both_have_the_same_rules(made: Values) -> None:
    formation = {
        int(rule["Priority"]): (
            [
                each.get("PathPatternConfig", each.get("SourceIpConfig"))["Values"]
                for each in rule["Conditions"]
            ],
            rule["Actions"][0]["Type"],
            rule["Actions"][0].get("FixedResponseConfig", {}).get("StatusCode"),
        )
        for rule in made["rules"]
        if rule["Priority"] != "default"
    }
    admin_from = ["192.0.2.0/24", "198.51.100.7/32"]
    terraform = {}
    for name, rule in blocks("service/balancer.tf", "resource").items():
        if not name.startswith("aws_lb_listener_rule."):
            continue
        conditions = [one(one(each, *each), "values") for each in rule["condition"]]
        action = one(rule, "action")
        fixed = action.get("fixed_response", [{}])[0]
        terraform[one(rule, "priority")] = (
            [admin_from if each == "${var.admin_from}" else each for each in conditions],
            one(action, "type"),
            fixed.get("status_code", [None])[0],
        )

    assert formation == terraform


def test_both_open_the_same_ports(made: Values) -> None:
    groups = {group["name"]: group for group in made["groups"]}
    rules = blocks("network/groups.tf", "resource")
    (ports,) = json.loads(
        run(python_tools() / "python", "-c", READ, MODULES / "network/groups.tf").stdout
    )["locals"]
    stores, outside = one(ports, "stores").values(), one(ports, "outside").values()

    def opened(name: str) -> list[int]:
        return sorted(rule["FromPort"] for rule in groups[name]["in"])

    people = one(rules["aws_vpc_security_group_ingress_rule.people"], "for_each")
    tasks = one(rules["aws_vpc_security_group_ingress_rule.tasks"], "from_port")
    assert opened("The load balancer of Nexus") == sorted(people.values())
    assert opened("The parts of Nexus") == [tasks]
    egress = template("network")["TasksGroup"]["Properties"]["SecurityGroupEgress"]
    assert sorted(rule["FromPort"] for rule in egress) == sorted([*stores, *outside])
    assert opened("PostgreSQL, Valkey and RabbitMQ of Nexus") == sorted(stores)


@pytest.mark.parametrize("part", ["web", "worker"])
def test_both_scale_alike(evaluated: Values, part: str) -> None:
    resources = template("service")
    count = resources[f"{part.title()}Count"]["Properties"]
    formation = resources[f"{part.title()}Scaling"]["Properties"][
        "TargetTrackingScalingPolicyConfiguration"
    ]
    terraform = one(
        blocks("service/scaling.tf", "resource")[f"aws_appautoscaling_policy.{part}"],
        "target_tracking_scaling_policy_configuration",
    )

    assert {"least": count["MinCapacity"], "most": count["MaxCapacity"]} == (
        evaluated["counts"][part]
    )
    assert formation["TargetValue"] == one(terraform, "target_value")
    assert formation["ScaleInCooldown"] == one(terraform, "scale_in_cooldown")
    assert formation["ScaleOutCooldown"] == one(terraform, "scale_out_cooldown")


def test_a_scaled_service_keeps_its_number_at_an_update() -> None:
    service = template("part")["Service"]["Properties"]
    written = blocks("part/main.tf", "resource")["aws_ecs_service.part"]

    assert service["DesiredCount"] == ["Alone", 1, "AWS::NoValue"]
    assert one(written, "lifecycle", "ignore_changes") == ["${desired_count}"]
