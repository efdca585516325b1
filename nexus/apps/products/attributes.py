"""Product attributes: the kinds that a category can declare, and their validation.

PostgreSQL stores attributes as one JSON document, so that kettles and scarves need no columns of
their own. What a column type would check is checked here instead.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from nexus.apps.products.errors import AttributesError

__all__ = ["KINDS", "UNKEPT", "check_attributes"]

MAX_TEXT_LENGTH = 200
# JSON parsers that use doubles are exact for whole numbers up to this.
MAX_NUMBER = 2**53


# PostgreSQL text cannot contain NUL, and lone surrogates are not valid text.
UNKEPT = re.compile(r"[\x00\ud800-\udfff]")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH and not UNKEPT.search(value)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MAX_NUMBER


def _is_integer(value: object) -> bool:
    return _is_number(value) and isinstance(value, int)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


KINDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "text": (f"text of at most {MAX_TEXT_LENGTH} characters", _is_text),
    "integer": ("a whole number", _is_integer),
    "number": ("a number", _is_number),
    "flag": ("true or false", _is_flag),
}
"""Each kind: its description in error messages, and a function that checks a value."""


def check_attributes(attributes: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
    """Check attributes against the kinds that a category declares. Raises `AttributesError`."""
    for name, value in attributes.items():
        if name not in kinds:
            known = ", ".join(sorted(kinds)) or "none"
            raise AttributesError(
                f"This category has no attribute {name[:40]!r}. Its attributes: {known}."
            )
        words, is_valid = KINDS[kinds[name]]
        if not is_valid(value):
            raise AttributesError(f"The attribute {name!r} must be {words}.")
