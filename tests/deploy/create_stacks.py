"""Creates the stacks of deploy/cloudformation in moto, and prints the resulting resources.

Run with the Python of tests/deploy/tools.py, in which moto is. After the folder, parameters can be
set, such as Image=.
"""

import json
import os
import re
import sys
from pathlib import Path

import boto3
from moto import mock_aws
from moto.cloudformation.models import Stack
from moto.elbv2.models import FakeTargetGroup

REGION = "eu-central-1"
BUCKET = "nexus-templates"
PARAMETERS = {
    "Image": "nexus:0.1.0",
    "MigrateImage": "nexus:0.2.0",
    "HostName": "nexus.example.org",
    "AlarmAddress": "operator@example.org",
    "EmailUrl": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:email",
    "MailFrom": "nexus@example.org",
    "AdminFrom": "192.0.2.0/24,198.51.100.7/32",
    "SettingsFile": "arn:aws:s3:::nexus-settings/further.env",
}
# No account is used: moto responds, and the keys are made up.
os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION=REGION)


def output_of_stack(stack: Stack, name: str) -> str:
    """Resolve `!GetAtt Stack.Outputs.Name`, which moto does not support for nested stacks."""
    output = stack.output_map[name.removeprefix("Outputs.")]
    # Resources that moto does not create have no name.
    return str(output.value) if output else f"not-made:{name}"


def name_of_targets(targets: FakeTargetGroup, name: str) -> str:
    """Resolve `!GetAtt Targets.TargetGroupFullName`, which moto does not support."""
    assert name == "TargetGroupFullName"
    return str(targets.arn).rpartition(":")[2]


def package(folder: Path) -> None:
    """Put the templates into a bucket, as `aws cloudformation package` does."""
    store = boto3.client("s3")
    store.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for path in folder.glob("*.yaml"):
        text = path.read_text("utf-8")
        for other in folder.glob("*.yaml"):
            address = f"https://s3.amazonaws.com/{BUCKET}/{other.name}"
            text = text.replace(f"TemplateURL: {other.name}", f"TemplateURL: {address}")
        # The same in the long form: moto splits the short one at its second dot too.
        text = re.sub(r"!GetAtt (\w+)\.(\w+\.\w+)", r'{"Fn::GetAtt": [\1, \2]}', text)
        # moto gives a database the group object instead of its name, and then fails.
        text = text.replace("DBParameterGroupName: !Ref DatabaseParameters\n", "\n")
        store.put_object(Bucket=BUCKET, Key=path.name, Body=text.encode())


def create(name: str, parameters: dict[str, str]) -> str:
    stacks = boto3.client("cloudformation")
    stacks.create_stack(
        StackName=name,
        TemplateURL=f"https://s3.amazonaws.com/{BUCKET}/{name}.yaml",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    )
    return str(stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def seen() -> dict[str, object]:
    """Ask each service, not CloudFormation, for its resources."""
    ec2, rds, ecs = (boto3.client(name) for name in ("ec2", "rds", "ecs"))
    (cluster,) = ecs.list_clusters()["clusterArns"]
    services = ecs.list_services(cluster=cluster)["serviceArns"]
    tasks = ecs.list_task_definitions()["taskDefinitionArns"]
    balancing = boto3.client("elbv2")
    formation = boto3.client("cloudformation")
    stacks = formation.describe_stacks()["Stacks"]
    (balancer,) = balancing.describe_load_balancers()["LoadBalancers"]
    listeners = balancing.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])[
        "Listeners"
    ]
    sns, kms = boto3.client("sns"), boto3.client("kms")
    (topic,) = sns.list_topics()["Topics"]
    topic_key = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]["KmsMasterKeyId"]
    (nexus,) = formation.describe_stacks(StackName="nexus")["Stacks"]
    return {
        "stacks": [stack["StackStatus"] for stack in stacks],
        "types": sorted(
            {
                resource["ResourceType"]
                for stack in stacks
                for resource in formation.list_stack_resources(StackName=stack["StackId"])[
                    "StackResourceSummaries"
                ]
            }
        ),
        "networks": [
            each["CidrBlock"] for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]
        ],
        "gateways": len(ec2.describe_nat_gateways()["NatGateways"]),
        "groups": [
            {
                "id": each["GroupId"],
                "name": each["Description"],
                "in": each["IpPermissions"],
            }
            for each in ec2.describe_security_groups()["SecurityGroups"]
            if "Nexus" in each["Description"]
        ],
        "databases": rds.describe_db_instances()["DBInstances"],
        "repositories": boto3.client("ecr").describe_repositories()["repositories"],
        "services": ecs.describe_services(cluster=cluster, services=services)["services"]
        if services
        else [],
        "tasks": [
            ecs.describe_task_definition(taskDefinition=task)["taskDefinition"] for task in tasks
        ],
        "listeners": listeners,
        "rules": [
            rule
            for listener in listeners
            if listener["Port"] == 443
            for rule in balancing.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        ],
        "targets": balancing.describe_target_groups()["TargetGroups"],
        "topic_key": kms.get_key_policy(KeyId=topic_key, PolicyName="default")["Policy"],
        "outputs": {each["OutputKey"]: each["OutputValue"] for each in nexus["Outputs"]},
        "subnets": {
            each["CidrBlock"]: each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]
        },
    }


def main() -> None:
    """Create the registry, then everything else, and print the resources."""
    Stack.get_cfn_attribute = output_of_stack
    FakeTargetGroup.get_cfn_attribute = name_of_targets
    with mock_aws():
        package(Path(sys.argv[1]))
        name = PARAMETERS["HostName"]
        changed = dict(word.split("=", 1) for word in sys.argv[2:])
        certificate = boto3.client("acm").request_certificate(DomainName=name)["CertificateArn"]
        made = {
            "registry": create("registry", {}),
            "nexus": create("nexus", {**PARAMETERS, "CertificateArn": certificate, **changed}),
        }
        json.dump({"made": made, **seen()}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
