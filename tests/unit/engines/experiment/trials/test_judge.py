"""Conclusions from events that did not occur."""

import pytest

from nexus.engines.experiment.trials.judge import rule_of_three


def test_rule_of_three_bounds_what_was_not_seen() -> None:
    assert rule_of_three(40) == pytest.approx(0.075)
    assert rule_of_three(2) == 1
