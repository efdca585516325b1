"""The oracle: a fast wrong answer is no fix."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard

from nexus.engines.experiment.measuring.units import call_variant
from nexus.engines.experiment.model.errors import OracleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nexus.engines.experiment.document.run_document import Case
    from nexus.engines.experiment.measuring.progress import Watch
    from nexus.engines.experiment.model.lab import Lab

    Oracle = Callable[[Mapping[str, object], Case], str | None]

__all__ = ["ask_oracle", "ask_oracles", "first_difference"]

WHOLE = "the answer"

MAX_SHOWN = 60
"""Characters of a value that a sentence can carry."""


def ask_oracles(lab: "Lab", oracle: "Oracle | None", watch: "Watch") -> None:
    """Ask the oracle in every case. Raises `OracleError` for a wrong answer."""
    for case in lab.case_list:
        watch.report("checking that all variants give the same answer", watch.left_s)
        ask_oracle(lab, oracle, case)


def ask_oracle(lab: "Lab", oracle: "Oracle | None", case: "Case") -> None:
    """Call every variant once and raise `OracleError` unless their answers are right.

    Without an oracle of the lab's own all answers must be equal.
    """
    answers = {name: call_variant(variant, case) for name, variant in lab.variants.items()}
    where = ", ".join(f"{name} {value}" for name, value in case.items())
    place = f" at {where}" if where else ""
    if oracle is not None:
        objection = _objection(oracle, answers, case)
        if objection is not None:
            raise OracleError(f"The oracle rejects the answers{place}: {objection}")
        return
    reference = lab.baseline.name
    for name, answer in answers.items():
        difference = first_difference(answers[reference], answer)
        if difference is not None:
            raise OracleError(
                f"{name} and {reference} give different answers{place}: {difference}; a fast "
                "wrong answer is no fix, so make them agree."
            )


def _objection(oracle: "Oracle", answers: Mapping[str, object], case: "Case") -> str | None:
    try:
        return oracle(answers, case)
    except Exception as error:  # noqa: BLE001 -- an oracle may reject by raising anything
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
        difference = first_difference(expected[key], actual[key], f"{path}[{key!r}]")
        if difference:
            return difference
    return None


def _first_in_lists(expected: Sequence[object], actual: Sequence[object], path: str) -> str | None:
    for index, (left, right) in enumerate(zip(expected, actual, strict=False)):
        difference = first_difference(left, right, f"{path}[{index}]")
        if difference:
            return difference
    if len(expected) != len(actual):
        return f"{path or WHOLE} has {len(actual)} items, not {len(expected)}"
    return None


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
