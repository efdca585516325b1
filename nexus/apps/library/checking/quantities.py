"""Finds numbers with a unit in text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["Family", "Quantity", "quantities"]

Family = Literal["time", "share", "ratio", "size", "outcome", "load"]

# What may follow a number. Outcomes are counts that were measured; a load is just as often chosen,
# such as the number of users in a test.
UNITS: dict[Family, str] = {
    "time": r"[nµμum]?s|(?:nano|micro|milli)?seconds?|secs?|min(?:ute)?s?|h|hours?",
    "share": r"%|per\s?cent(?:age points?)?\b",
    "ratio": r"[×x]|-?fold|times(?=\s(?:as|more|less|fewer|\w+er)\b)",
    "size": r"[kKMGT]i?B|bytes?|(?:kilo|mega|giga|tera)bytes?",
    "outcome": r"quer(?:y|ies)|round[- ]trips?|statements?|errors|failures|rps",
    "load": r"rows?|records?|users?|clients?|requests?|connections?|messages|tasks|jobs",
}
PLAIN = r"(?:\d{1,3}(?:[,\u00a0\u202f ]\d{3})+|\d+)(?:\.\d+)?"
# Not a number that is part of a word, a version, a date or a formula.
NUMBER = rf"(?<![\w.,/])(?<!\w-)(?<!\+)(?<!\+ ){PLAIN}"
RANGE = rf"(?P<number>{NUMBER}(?:(?:\s?[-\u2013]\s?|\s(?:to|and|or)\s){PLAIN})?)"
MULTIPLE = r"(?:\s?(?:k|M|thousand|million|billion)\b)?"
# One word may be between a count and what is counted: 31 extra queries.
ADJECTIVE = r"(?:(?!and\b|or\b|of\b|to\b|in\b|the\b|for\b|at\b)[a-z-]+\s)?"
COUNTED = ("outcome", "load")

# A year followed by "s" is a decade.
DECADE = re.compile(r"(?:19|20)\d\ds")

PATTERN = re.compile(
    RANGE
    + MULTIPLE
    + r"(?:"
    + "|".join(
        (
            rf"(?:[\s\u00a0\u202f-]?×?\s?{ADJECTIVE}(?P<{family}>{unit}))"
            if family in COUNTED
            else rf"(?:[\s\u00a0\u202f-]?(?P<{family}>{unit}))"
        )
        for family, unit in UNITS.items()
    )
    + r")(?![\w])",
)


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number with its unit as written in a text; `numbers` has two items for a range."""

    text: str
    numbers: frozenset[float]
    family: Family
    start: int
    end: int


def quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers with a unit in a text, in order."""
    for match in PATTERN.finditer(text):
        if DECADE.fullmatch(match[0]):
            continue
        (family,) = (name for name in UNITS if match[name] is not None)
        yield Quantity(
            text=" ".join(match[0].split()),
            numbers=frozenset(
                float(re.sub(r"[^\d.]", "", number)) for number in re.findall(PLAIN, match[0])
            ),
            family=family,
            start=match.start(),
            end=match.end(),
        )
