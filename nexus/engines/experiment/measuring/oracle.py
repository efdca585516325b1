"""The oracle: a fast wrong answer is no fix."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard

from nexus.engines.experiment.measuring.units import call_variant
from nexus.engines.experiment.model.errors import OracleError

if TYPE_CHECKING:
    from nexus.engines.experiment.comparison.design import Comparison
    from nexus.engines.experiment.model.lab import Case

__all__ = ["ask_oracle", "first_difference"]

WHOLE = "the answer"

SHOWN = 60
"""Characters of a value that a sentence can carry."""


def ask_oracle(lab: "Comparison", case: "Case") -> None:
    """Call every variant once and raise OracleError unless their answers are right."""
    answers = {name: call_variant(variant, case) for name, variant in lab.variants.items()}
    where = ", ".join(f"{name} {value}" for name, value in case.items())
    place = f" at {where}" if where else ""
    if lab.check_answers is not None:
        fault = _judgement(lab, answers, case)
        if fault is not None:
            raise OracleError(f"The oracle rejects the answers{place}: {fault}")
        return
    reference = lab.baseline.name
    for name, answer in answers.items():
        difference = first_difference(answers[reference], answer)
        if difference is not None:
            raise OracleError(
                f"{name} and {reference} give different answers{place}: {difference}; a fast "
                "wrong answer is no fix, so make them agree."
            )


def _judgement(lab: "Comparison", answers: "Mapping[str, object]", case: "Case") -> str | None:
    if lab.check_answers is None:
        return None
    try:
        return lab.check_answers(answers, case)
    except Exception as error:  # noqa: BLE001 - an oracle says no by raising whatever it likes
        return str(error) or type(error).__name__


def first_difference(expected: object, actual: object, path: str = "") -> str | None:
    """Return where two answers first differ, in a few words, or None when they are equal."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return _first_in_mappings(expected, actual, path)
    if _is_list(expected) and _is_list(actual):
        return _first_in_lists(expected, actual, path)
    if expected == actual:
        return None
    return f"{path or WHOLE} is {_short(actual)}, not {_short(expected)}"


def _first_in_mappings(
    expected: Mapping[object, object], actual: Mapping[object, object], path: str
) -> str | None:
    for key in [*expected, *(key for key in actual if key not in expected)]:
        if key not in actual or key not in expected:
            return f"{path or WHOLE} has the key {_short(key)} on one side only"
        found = first_difference(expected[key], actual[key], f"{path}[{key!r}]")
        if found:
            return found
    return None


def _first_in_lists(expected: Sequence[object], actual: Sequence[object], path: str) -> str | None:
    for index, (left, right) in enumerate(zip(expected, actual, strict=False)):
        found = first_difference(left, right, f"{path}[{index}]")
        if found:
            return found
    if len(expected) != len(actual):
        return f"{path or WHOLE} has {len(actual)} items, not {len(expected)}"
    return None


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
