"""The front matter of a page: identity and relations, never results."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

__all__ = ["FrontMatter", "FrontMatterError", "split"]

FENCE = "---"
SUMMARY_LIMIT = 160
LISTS = ("topics", "prerequisites", "claims")
KEYS = ("title", "summary", *LISTS)
# What an item of these lists looks like, and an example of it.
FORMS = {
    "prerequisites": (re.compile(r"[a-z-]+/[a-z0-9-]+"), "concepts/transactions"),
    "claims": (re.compile(r"[a-z0-9-]+\.[a-z0-9-]+"), "n-plus-one.faster"),
}


class FrontMatterError(Exception):
    """A sentence about a fault, and the line it stands on."""

    def __init__(self, line: int, sentence: str) -> None:
        self.line = line
        super().__init__(sentence)


@dataclass(frozen=True, kw_only=True)
class FrontMatter:
    """What a page says of itself. `prerequisites` are `kind/slug`, `claims` are claim ids."""

    title: str
    summary: str
    topics: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    lines: dict[str, int] = field(default_factory=dict, compare=False)


def split(text: str) -> tuple[FrontMatter, str, int]:
    """Give the front matter, the body, and the number of lines before the body.

    Raises `FrontMatterError` with the line and a sentence for the first fault.
    """
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != FENCE:
        raise FrontMatterError(1, "the page has no front matter; begin it with a line `---`")
    try:
        end = next(n for n, line in enumerate(lines[1:], start=1) if line.rstrip() == FENCE)
    except StopIteration:
        raise FrontMatterError(1, "the front matter is not closed; end it with `---`") from None
    try:
        values = yaml.safe_load("\n".join(lines[1:end])) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise FrontMatterError(line, f"the front matter is not YAML: {problem}") from error
    if not isinstance(values, dict):
        raise FrontMatterError(2, "the front matter is not a list of `key: value` lines")
    where = {line.partition(":")[0]: number for number, line in enumerate(lines[:end], start=1)}
    return _checked(values, where), "\n".join(lines[end + 1 :]), end + 1


def _checked(values: dict[Any, Any], where: dict[str, int]) -> FrontMatter:
    for key in values:
        if key not in KEYS:
            raise FrontMatterError(
                where.get(str(key), 1),
                f"unknown key {key!r}; the keys are {', '.join(KEYS)}",
            )
    for key in ("title", "summary"):
        value = values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise FrontMatterError(where.get(key, 1), f"{key} is missing; give it a line of text")
    return FrontMatter(
        title=values["title"].strip(),
        summary=_summary(values["summary"].strip(), where),
        lines=where,
        **{key: _list(key, values.get(key) or [], where) for key in LISTS},
    )


def _summary(summary: str, where: dict[str, int]) -> str:
    if len(summary) > SUMMARY_LIMIT:
        raise FrontMatterError(
            where["summary"],
            f"the summary has {len(summary)} characters; say it in {SUMMARY_LIMIT} or fewer",
        )
    return summary


def _list(key: str, items: object, where: dict[str, int]) -> tuple[str, ...]:
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise FrontMatterError(where[key], f"{key} is not a list of texts; write [one, two]")
    if key in FORMS:
        pattern, example = FORMS[key]
        for item in items:
            if not pattern.fullmatch(item):
                raise FrontMatterError(
                    where[key],
                    f"{item!r} in {key} has the wrong form; write it like {example}",
                )
    return tuple(items)
