"""The JSON Schema: published as derived, and true of every document."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nexus.engines.experiment import AtLeast, Constant, Exponent, Never, Trials, run
from nexus.engines.experiment.document.json_form import upgrade
from nexus.engines.experiment.document.schema import json_schema
from nexus.engines.experiment.model.bench import NullBench
from tests.support.simulation import NEEDS, World, growing, run_in, two_sided

PUBLISHED = Path("documentation/api/run.schema.json")


def check(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(document)


def test_published_schema_is_the_derived_one() -> None:
    assert json.loads(PUBLISHED.read_text("utf-8")) == json_schema(), "Run `just schemas`."


def test_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_every_property_is_described() -> None:
    schema = json_schema()
    undescribed = [
        f"{name}.{field}"
        for name, definition in {"RunDocument": schema, **schema["$defs"]}.items()
        for field, content in definition["properties"].items()
        if "description" not in content
    ]

    assert undescribed == []


def test_comparison_fits_the_schema() -> None:
    world = World(1)
    claims = AtLeast("sides.faster", "fast", ratio=1.5)
    check(run_in(world, two_sided(world, 0.004, 0.002, claims), form="quick").to_document())


def test_growth_fits_the_schema() -> None:
    world = World(2)
    claims = (Exponent("depths.flat", "fast", at_most=0.1), Constant("d.count", "fast", "queries"))
    lab = growing(world, lambda _: 0.002, lambda _: 0.001, *claims)
    check(run_in(world, lab, form="quick").to_document())


def test_trials_fit_the_schema() -> None:
    lab = Trials(title="Trials", data=None, needs=NEEDS, workers=2)

    @lab.variant(baseline=True)
    def naive(subject: list[int]) -> bool:
        subject.append(1)
        return False

    @lab.variant
    def fix(_subject: list[int]) -> bool:
        return False

    lab.prepare(list)
    lab.inspect(lambda subject: {"doubled": len(subject)})
    lab.expect(Never("trials.never", "fix", "doubled"))
    check(run(lab, NullBench(), slug="trials", form="quick", seed=1).to_document())


def test_document_from_before_parts_fits_once_upgraded() -> None:
    stored = Path(__file__).with_name("before_parts.json").read_text("utf-8")
    check(upgrade(json.loads(stored)))


def test_document_of_another_format_does_not_fit() -> None:
    stored = upgrade(json.loads(Path(__file__).with_name("before_parts.json").read_text("utf-8")))

    with pytest.raises(jsonschema.ValidationError):
        check({**stored, "schema": "nexus.run/2"})
