"""Numbers with a unit, found in text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["Family", "Quantity", "quantities"]

Family = Literal["time", "share", "ratio", "size", "outcome", "load"]

# What a number may be followed by. Outcomes are counts that somebody saw; a load is as often what
# somebody chose, such as the number of users in a test.
UNITS: dict[Family, str] = {
    "time": r"[nµμum]?s|(?:nano|micro|milli)?seconds?|secs?|min(?:ute)?s?|h|hours?",
    "share": r"%|per\s?cent(?:age points?)?\b",
    "ratio": r"[×x]|-?fold|times(?=\s(?:as|more|less|fewer|\w+er)\b)",
    "size": r"[kKMGT]i?B|bytes?|(?:kilo|mega|giga|tera)bytes?",
    "outcome": r"quer(?:y|ies)|round[- ]trips?|statements?|errors|failures|rps",
    "load": r"rows?|records?|users?|clients?|requests?|connections?|messages|tasks|jobs",
}
PLAIN = r"(?:\d{1,3}(?:[,\u00a0\u202f ]\d{3})+|\d+)(?:\.\d+)?"
# A number that a word, a version, a date or a formula goes on with is none of its own.
NUMBER = rf"(?<![\w.,/])(?<!\w-)(?<!\+)(?<!\+ ){PLAIN}"
RANGE = rf"(?P<number>{NUMBER}(?:(?:\s?[-\u2013]\s?|\s(?:to|and|or)\s){PLAIN})?)"
MULTIPLE = r"(?:\s?(?:k|M|thousand|million|billion)\b)?"
# One word may stand between a count and what is counted: 31 extra queries.
ADJECTIVE = r"(?:(?!and\b|or\b|of\b|to\b|in\b|the\b|for\b|at\b)[a-z-]+\s)?"
COUNTED = ("outcome", "load")

# "s" after a year is a decade.
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
    """A number with its unit as a text has it; `numbers` are two for a range."""

    text: str
    numbers: frozenset[float]
    family: Family
    start: int
    end: int


def quantities(text: str) -> Iterator[Quantity]:
    """Return the numbers with a unit of a text, in its order."""
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
