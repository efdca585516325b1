"""The oracle finds the first difference and names it in a few words."""

from collections.abc import Mapping

import pytest

from nexus.engines.experiment import Comparison, Counted, NullBench, OracleError, run
from nexus.engines.experiment.measuring.oracle import ask_oracle, first_difference
from tests.support.simulation import NEEDS


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        (1, 2, "the answer is 2, not 1"),
        ("ab", "ac", "the answer is 'ac', not 'ab'"),
        ([1, 2], [1, 3], "[1] is 3, not 2"),
        ([1, 2], [1], "the answer has 1 items, not 2"),
        ([{"name": "a"}], [{"name": "b"}], "[0]['name'] is 'b', not 'a'"),
        ({"a": [1]}, {"a": [1, 2]}, "['a'] has 2 items, not 1"),
        ({"a": 1}, {"b": 1}, "the answer has the key 'a' on one side only"),
        ({"a": 1}, {"a": 1, "b": 1}, "the answer has the key 'b' on one side only"),
        ([1], {"a": 1}, "the answer is {'a': 1}, not [1]"),
    ],
)
def test_first_difference_is_named(expected: object, actual: object, difference: str) -> None:
    assert difference == first_difference(expected, actual)


@pytest.mark.parametrize("answer", [None, 1, "a", [1, (2, 3)], {"a": {"b": [1]}}, {1, 2}])
def test_equal_answers_have_no_difference(answer: object) -> None:
    assert first_difference(answer, answer) is None


def test_long_values_are_cut_short() -> None:
    difference = first_difference("a" * 500, "b" * 500)

    assert difference is not None
    assert len(difference) < 160


def lab_with_answers(one: object, other: object) -> Comparison:
    lab = Comparison(title="A lab", data=None, needs=NEEDS, cases={"size": (7,)})

    @lab.variant(baseline=True)
    def naive(size: int) -> object:
        return one if size else None

    @lab.variant
    def fix(size: int) -> object:
        return other if size else None

    return lab


def test_oracle_names_the_variants_and_the_case() -> None:
    lab = lab_with_answers([1], [2])
    lab.expect(Counted("lab.count", "fix", "queries", 1))

    with pytest.raises(
        OracleError, match=r"fix and naive .* at size 7: \[0\] is 2, not 1"
    ) as raised:
        run(lab, NullBench(), slug="lab")

    assert "a fast wrong answer is no fix" in str(raised.value)


def test_own_oracle_may_accept_other_answers() -> None:
    lab = lab_with_answers([1, 2], [2, 1])

    @lab.oracle
    def same(answers: Mapping[str, object], case: Mapping[str, object]) -> str | None:
        one, other = answers["naive"], answers["fix"]
        assert isinstance(one, list)
        assert isinstance(other, list)
        return None if sorted(one) == sorted(other) else f"other items at {case}"

    ask_oracle(lab, lab.check_answers, {"size": 7})


def test_own_oracle_says_no_with_a_sentence() -> None:
    lab = lab_with_answers(1, 1)
    lab.oracle(lambda _answers, case: f"{case['size']} is too many")

    with pytest.raises(OracleError, match="at size 7: 7 is too many"):
        ask_oracle(lab, lab.check_answers, {"size": 7})


def test_own_oracle_says_no_by_raising() -> None:
    lab = lab_with_answers(1, 1)

    @lab.oracle
    def same(answers: Mapping[str, object], _case: Mapping[str, object]) -> None:
        raise ValueError(f"{len(answers)} wrong answers")

    with pytest.raises(OracleError, match="2 wrong answers"):
        ask_oracle(lab, lab.check_answers, {"size": 7})
