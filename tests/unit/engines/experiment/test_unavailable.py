"""A run that could not begin still answers every claim."""

import json

from nexus.engines.experiment import AtLeast, unavailable
from tests.support.simulation import World, two_sided


def test_every_claim_is_unavailable_for_the_reason_given() -> None:
    lab = two_sided(World(1), 0.004, 0.002, AtLeast("sides.faster", "fast", ratio=1.5))

    result = unavailable(lab, slug="sides", form="quick", seed=3, reason="Start PostgreSQL.")

    document = result.to_document()
    assert document == json.loads(json.dumps(document, allow_nan=False))
    assert document["verdict"] == "unavailable"
    assert [(outcome.claim, outcome.reason) for outcome in result.expectations] == [
        ("sides.faster", "Start PostgreSQL.")
    ]
    assert not result.as_declared
    assert result.samples_csv() == "\n"
