"""The front matter of a page: identity and relations, never results."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

__all__ = ["FrontMatter", "Manuscript", "Reported", "split"]

FENCE = "---"
# The database allows a little more; longer texts do not fit a heading or a list either.
TITLE_LIMIT = 100
SUMMARY_LIMIT = 160
ITEM_LIMITS = {"topics": 60, "prerequisites": 120, "claims": 120, "formerly": 120}
LISTS = ("topics", "prerequisites", "claims", "formerly")
KEYS = ("title", "summary", *LISTS, "reported")
REPORTED_KEYS = ("number", "problem", "solution", "result", "sources", "claim")
REPORTED_LIMIT = 120
WORDS = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# The pattern of an item in these lists, and an example of it.
FORMS = {
    "prerequisites": (re.compile(r"[a-z-]+/[a-z0-9-]+"), "concepts/transactions"),
    "formerly": (re.compile(r"[a-z-]+/[a-z0-9-]+"), "challenges/old-name"),
    "claims": (re.compile(rf"{WORDS}\.{WORDS}"), "n-plus-one.faster"),
}

NUMBER = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
SOURCES = re.compile(r"[A-E]+")


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What the write-ups behind Nexus report about a challenge.

    `number` is its position among the challenges, `sources` are the letters of the write-ups,
    `claim` is the claim of the page that is closest to the report, and `result` is empty if they
    report none.
    """

    number: int
    problem: str
    solution: str
    result: str
    sources: str
    claim: str


@dataclass(frozen=True, kw_only=True)
class FrontMatter:
    """The front matter of a page. `prerequisites` are `kind/slug`, `claims` are claim ids.

    `formerly` are earlier names `kind/slug` of the page: their addresses and claim ids redirect
    here. `lines` are the line numbers of the keys in the file.
    """

    title: str = ""
    summary: str = ""
    topics: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    reported: Reported | None = None
    lines: dict[str, int] = field(default_factory=dict, compare=False)

    def line(self, key: str) -> int:
        """Return the line number of a key, or 1 if it is missing."""
        return self.lines.get(key, 1)


@dataclass(frozen=True, kw_only=True)
class Manuscript:
    """A page's text, split into front matter and body.

    `before` is the number of lines before the body; `faults` are (line, sentence). Invalid values
    are empty in `front`.
    """

    front: FrontMatter
    body: str
    before: int
    faults: tuple[tuple[int, str], ...] = ()


def split(text: str) -> Manuscript:
    """Split a page's text into front matter and body, collecting every fault of the former."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != FENCE:
        fault = (1, "the page has no front matter; begin it with a line `---`")
        return Manuscript(front=FrontMatter(), body="\n".join(lines), before=0, faults=(fault,))
    end = next((n for n, line in enumerate(lines[1:], start=1) if line.rstrip() == FENCE), None)
    if end is None:
        fault = (1, "the front matter is not closed; end it with a line `---`")
        return Manuscript(front=FrontMatter(), body="", before=len(lines), faults=(fault,))
    front, faults = _read("\n".join(lines[1:end]))
    body = "\n".join(lines[end + 1 :])
    return Manuscript(front=front, body=body, before=end + 1, faults=tuple(faults))


def _read(text: str) -> tuple[FrontMatter, list[tuple[int, str]]]:
    # Every value is read as text: a title may look like a number or a date.
    loader = yaml.BaseLoader(text)
    try:
        node = loader.get_single_node()
        values = loader.construct_document(node) if node else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        line = mark.line + 2 if mark else 1
        sentence = f"the front matter is not YAML: {problem}; write `key: value` lines"
        return FrontMatter(), [(line, sentence)]
    if not isinstance(values, dict):
        sentence = "the front matter does not consist of `key: value` lines; write it that way"
        return FrontMatter(), [(2, sentence)]
    keys = [(str(key.value), key.start_mark.line + 2) for key, _ in node.value] if node else []
    reader = _Reader(values, keys)
    return reader.front_matter(), reader.faults


class _Reader:
    """Reads the values of the front matter and collects their faults."""

    def __init__(self, values: dict[Any, Any], keys: list[tuple[str, int]]) -> None:
        self.values, self.lines = values, dict(keys)
        self.faults: list[tuple[int, str]] = []
        times = Counter(key for key, _ in keys)
        for key, line in self.lines.items():
            if key not in KEYS:
                self.fault(line, f"unknown key {key!r}; the keys are {', '.join(KEYS)}")
            elif times[key] > 1:
                self.fault(line, f"{key} appears {times[key]} times; write it once")

    def front_matter(self) -> FrontMatter:
        """Return the front matter, without invalid values."""
        return FrontMatter(
            title=self.text("title", TITLE_LIMIT),
            summary=self.text("summary", SUMMARY_LIMIT),
            lines=self.lines,
            reported=self.reported(),
            **{key: self.items(key) for key in LISTS},
        )

    def fault(self, line: int, sentence: str) -> None:
        """Add a fault."""
        self.faults.append((line, sentence))

    def text(self, key: str, limit: int) -> str:
        """Return a required line of text, or "" if it is missing."""
        value, line = self.values.get(key), self.lines.get(key, 1)
        if not isinstance(value, str) or not value.strip():
            self.fault(line, f"{key} is missing; add a line of text")
            return ""
        words = " ".join(value.split())
        if len(words) > limit:
            sentence = f"the {key} has {len(words)} characters; use {limit} or fewer"
            self.fault(line, sentence)
        return words

    def reported(self) -> Reported | None:
        """Return the report of the write-ups, or None if there is none or it is invalid."""
        if "reported" not in self.values:
            return None
        values, line = self.values["reported"], self.lines["reported"]
        if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
            self.fault(
                line,
                f"reported is not a mapping; write one with the keys {', '.join(REPORTED_KEYS)}",
            )
            return None
        faults = list(_reported_faults(values, self.values.get("claims") or []))
        for sentence in faults:
            self.fault(line, sentence)
        if faults:
            return None
        return Reported(
            number=int(values["number"]),
            **{key: " ".join(values.get(key, "").split()) for key in REPORTED_KEYS[1:]},
        )

    def items(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, without invalid items."""
        items, line = self.values.get(key) or [], self.lines.get(key, 1)
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            self.fault(line, f"{key} is not a list of strings; write [one, two]")
            return ()
        for item, times in Counter(items).items():
            if times > 1:
                self.fault(line, f"{item!r} appears {times} times in {key}; list it once")
        return tuple(item for item in items if self.fits(key, item, line))

    def fits(self, key: str, item: str, line: int) -> bool:
        """Return whether an item has a valid form and length for its list."""
        limit = ITEM_LIMITS[key]
        if len(item) > limit:
            sentence = f"an item of {key} has {len(item)} characters; use {limit} or fewer"
            self.fault(line, sentence)
            return False
        pattern, example = FORMS.get(key, (None, ""))
        if pattern and not pattern.fullmatch(item):
            self.fault(line, f"{item!r} in {key} has the wrong form; write it like {example}")
            return False
        return True


def _reported_faults(values: dict[str, str], claims: list[str]) -> Iterator[str]:
    """Yield the faults of the mapping `reported`."""
    for key in values:
        if key not in REPORTED_KEYS:
            yield f"unknown key {key!r} in reported; the keys are {', '.join(REPORTED_KEYS)}"
    for key in ("problem", "solution"):
        if not values.get(key, "").strip():
            yield f"reported has no {key}; add a line of text"
    for key in ("problem", "solution", "result"):
        if len(values.get(key, "")) > REPORTED_LIMIT:
            yield f"the {key} in reported is too long; use at most {REPORTED_LIMIT} characters"
    if not NUMBER.fullmatch(values.get("number", "")):
        yield "the number in reported is not a number from 1 to 999; add the challenge's position"
    if not SOURCES.fullmatch(values.get("sources", "")):
        yield "the sources in reported are not letters; name the write-ups, such as AC"
    if values.get("claim") not in claims:
        yield "the claim in reported is not one of the page's claims; name one of them"
