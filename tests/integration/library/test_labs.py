"""The labs of the library decide: with a naive variant instead of a fix the verdict changes."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from django.db import connection

from library.best_practices.keyset_pagination.lab import cursor
from library.best_practices.keyset_pagination.lab import lab as keyset_pagination
from library.challenges.n_plus_one.lab import lab as n_plus_one
from library.challenges.overselling.lab import lab as overselling
from nexus.apps.labs.running.django_bench import DjangoBench
from nexus.apps.products.samples import Shop
from nexus.engines.experiment import Growth, Lab, OracleError, Result, Variant, run
from nexus.engines.experiment.model.budgets import BUDGETS

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

L = TypeVar("L", bound=Lab)


@pytest.fixture
def _few_trials(monkeypatch: pytest.MonkeyPatch, sized: Callable[[int, int], int]) -> None:
    """Three blocks decide which events occur: without a guard nearly every trial oversells."""
    quick = BUDGETS["quick"]
    monkeypatch.setitem(BUDGETS, "quick", replace(quick, blocks=sized(3, quick.blocks)))


def with_naive_as(fix: str, lab: L) -> L:
    """Return the same lab with its naive function under the name of a fix."""
    spoilt = copy.copy(lab)
    naive = lab.baseline.function
    spoilt.variants = {**lab.variants, fix: Variant(fix, lab.variants[fix].label, False, naive)}  # noqa: FBT003 -- not the baseline
    return spoilt


def verdicts(result: Result) -> dict[str, str]:
    return {outcome.claim: str(outcome.verdict) for outcome in result.expectations}


def carry_out(lab: Lab) -> dict[str, str]:
    bench = DjangoBench(writes=lab.writes)
    try:
        return verdicts(run(lab, bench, slug="lab", form="quick", seed=7))
    finally:
        connection.close()


def test_lazy_loading_in_place_of_eager_is_refuted() -> None:
    Shop(products=60).fill()
    lab = with_naive_as("eager", n_plus_one)
    lab.parameters = {"page_size": (10, 20)}
    assert carry_out(lab) == {
        "n-plus-one.lazy-queries": "supported",
        "n-plus-one.constant-queries": "refuted",
        "n-plus-one.faster": "refuted",
    }


@pytest.mark.usefixtures("_few_trials")
@pytest.mark.parametrize(
    ("fix", "claim"),
    [
        ("row_lock", "overselling.row-lock"),
        ("optimistic_version", "overselling.optimistic"),
        ("conditional_update", "overselling.conditional-update"),
    ],
)
def test_unguarded_purchase_in_place_of_fix_is_refuted(fix: str, claim: str) -> None:
    lab = with_naive_as(fix, overselling)
    # Only the events: throughput is not tested here.
    lab.expectations = [e for e in lab.expectations if e.claim in {claim, "overselling.naive"}]
    assert carry_out(lab) == {"overselling.naive": "supported", claim: "refuted"}


def test_wrong_answer_stops_the_run() -> None:
    Shop(products=30).fill()
    lab = copy.copy(n_plus_one)
    lab.parameters = {"page_size": (10,)}
    eager = lab.variants["eager"]
    wrong = Variant("eager", eager.label, False, lambda page_size: eager.function(page_size)[1:])  # noqa: FBT003 -- not the baseline
    lab.variants = {**lab.variants, "eager": wrong}
    with pytest.raises(OracleError, match="eager"):
        carry_out(lab)


def shallow(lab: Growth) -> Growth:
    """Return the same lab over a list of some sixty thousand products, which it fills."""
    Shop(products=60_050, images=0).fill()
    with connection.cursor() as statements:
        # As after filling a data set; without it a deep page is sorted, not read from the index.
        statements.execute("ANALYZE")
    cursor.cache_clear()
    lab.sizes = (60, 200, 600, 2_000, 6_000, 20_000, 60_000)
    lab.parameters = {"depth": lab.sizes}
    # The other claims name depths that this list does not have.
    wanted = {"keyset-pagination.same-rows", "keyset-pagination.keyset-flat"}
    lab.expectations = [e for e in lab.expectations if e.claim in wanted]
    return lab


def test_offset_in_place_of_keyset_is_refuted() -> None:
    lab = shallow(with_naive_as("keyset", keyset_pagination))
    assert carry_out(lab) == {
        "keyset-pagination.same-rows": "supported",
        "keyset-pagination.keyset-flat": "refuted",
    }


def test_keyset_with_another_cursor_stops_the_run() -> None:
    lab = shallow(copy.copy(keyset_pagination))
    keyset = lab.variants["keyset"]
    late = Variant("keyset", keyset.label, False, lambda depth: keyset.function(depth + 1))  # noqa: FBT003 -- not the baseline
    lab.variants = {**lab.variants, "keyset": late}
    with pytest.raises(OracleError, match="keyset and offset give different answers at depth 60"):
        carry_out(lab)
