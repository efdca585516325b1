"""The committed schemas of the API are the served ones."""

from pathlib import Path

import pytest
import yaml
from django.test import Client

from nexus.api.schema import schema
from tests.support.nonempty import nonempty

WRITTEN = Path(__file__).parents[3] / "documentation" / "api"
READ = {"400", "406", "503"}
WRITE = READ | {"401", "403", "413", "415"}
REMEDY = "the API has changed; look at the change, then run `just schemas`"


def test_the_openapi_document_is_the_one_written_down(client: Client) -> None:
    served = yaml.safe_load(client.get("/api/v1/schema/").content)

    assert served == yaml.safe_load((WRITTEN / "openapi.yaml").read_text("utf-8")), REMEDY


def test_the_graphql_schema_is_the_one_written_down() -> None:
    assert schema.as_str() == (WRITTEN / "schema.graphql").read_text("utf-8").rstrip("\n"), REMEDY


@pytest.mark.parametrize(
    "accept", ["application/vnd.oai.openapi", "application/vnd.oai.openapi+json"]
)
def test_the_openapi_document_comes_as_yaml_and_json(client: Client, accept: str) -> None:
    answer = client.get("/api/v1/schema/", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, accept)
    assert yaml.safe_load(answer.content)["openapi"] == "3.1.1"


def test_every_operation_documents_its_problems_with_an_example() -> None:
    document = yaml.safe_load((WRITTEN / "openapi.yaml").read_text("utf-8"))
    for path, operations in nonempty(document["paths"].items()):
        for method, operation in nonempty(operations.items()):
            problems = {
                status: answer["content"]["application/problem+json"]
                for status, answer in operation["responses"].items()
                if int(status) >= 400
            }
            wanted = {"400", "406", "503"} | (
                {"401", "403", "413", "415"} if method == "post" else set()
            )
            assert wanted <= set(problems), (path, method)
            assert all(problem["examples"] for problem in problems.values()), (path, method)
