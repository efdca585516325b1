"""Figures without a source: a number with a unit must come from a claim, a source or a lab.

CONTRIBUTING.md explains the rule to authors; here it is in the order in which it is applied. The
words searched for are signs, not proof: the rule catches what is written in good faith.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from markdown_it.token import Token

from nexus.apps.library.checking.prose import Passage, Prose
from nexus.apps.library.checking.quantities import Family, Quantity, quantities
from nexus.apps.library.errors import Fault

__all__ = ["figure_faults"]

# The sign that a figure is reported by somebody else.
REPORTED = re.compile(r"\b(?:reports?|reported)\b", re.IGNORECASE)
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# Documentation, standards and manuals name their version, or their address does.
REFERENCE = re.compile(r"\bdocs?\b|documentation|rfc|manual|specification", re.IGNORECASE)

# A value that somebody sets, or a case that is assumed.
CHOSEN = re.compile(
    r"\b(?:bars?|limit\w*|thresholds?|time-?outs?|budgets?|targets?|TTL|windows?|quotas?|"
    r"deadlines?|buckets?|bursts?|intervals?|confidence|probability|sets?|choose|allows?|"
    r"if|when|suppose|imagine|say|for example|such as|until|would|should)\b",
    re.IGNORECASE,
)
# Words that mark a sentence as reporting an effect, whatever else it says.
EFFECT = re.compile(
    r"\b(?:faster|slower|quicker|sooner|became|becomes|took|saves|saved|"
    r"takes?(?!\s(?:more|longer|less)\b)|"
    r"(?:drop|fall|fell|reduc|cut|shr[aiu]nk|gr[eo]w|rise|rose|went|go|improv|sp[ee]d)\w*\s"
    r"(?:[^\s.]+\s){0,5}?(?:to|by|from))\b",
    re.IGNORECASE,
)
# Sections that plan or advise, and do not report anything.
PLANS = ("How a lab will decide", "What to check")
# After these words a number is the case, not the result. "About" and similar words may be between.
CASES: dict[Family, str] = {
    "time": r"every|each|after|for",
    "size": r"with|every",
    "load": r"at|with|for|of|over|every|each|per|after|from|between",
}
# After this word a time is a result, even in a hypothetical sentence: "in 12 ms".
OUTCOME = "in"
HEDGE = r"(?:about|around|roughly|some|only|just|at least|at most|up to|more than|all|the|a)\s"
# Arguments of a lab, whose names give the value a unit; any number may be a load.
ARGUMENTS: dict[Family, str] = {
    "time": r".*_(?:s|ms)",
    "size": r".*_(?:kb|mb|gb)",
    "ratio": r"ratio",
    "share": r"ratio|.*share.*|.*percent.*",
    "load": r".*",
}


def figure_faults(prose: Prose) -> Iterator[Fault]:
    """Find the figures of a page that come from neither a claim nor a source nor its lab."""
    claimed = {
        (number, quantity.family)
        for claim in prose.page.claims
        for quantity in quantities(claim.sentence)
        for number in quantity.numbers
    }
    declared = _declared(prose.folder / "lab.py")
    front = prose.page.front
    texts = [(key, getattr(front, key)) for key in ("title", "summary")]
    figures = [
        (front.line(key), quantity)
        for key, text in texts
        for quantity in quantities(text)
        if not REPORTED.search(text) and not _chosen(text, quantity, section="")
    ]
    for passage in prose.passages:
        if passage.directive != "claim" and not _has_source(passage):
            figures.extend(_reported_figures(passage, prose))
    for line, quantity in figures:
        if not all(
            (number, quantity.family) in claimed or (number, quantity.family) in declared
            for number in quantity.numbers
        ):
            sentence = (
                f"{quantity.text!r} has no source; make it part of a claim, say who "
                "reports it, or link a source with its year"
            )
            yield prose.fault(line, sentence)


def _has_source(passage: Passage) -> bool:
    """Return whether a passage, or the paragraph introducing it, names a source of its figures."""
    text = " ".join([passage.lead, *(inline.content for inline in passage.inlines)])
    targets = [
        str(child.attrs.get("href", ""))
        for inline in passage.inlines
        for child in inline.children or ()
        if child.type == "link_open"
    ]
    outside = [target for target in targets if target.startswith(("https://", "http://"))]
    dated = bool(outside) and YEAR.search(re.sub(r"\]\([^)]*\)", "", text)) is not None
    return (
        bool(REPORTED.search(text)) or dated or any(REFERENCE.search(target) for target in outside)
    )


def _reported_figures(passage: Passage, prose: Prose) -> Iterator[tuple[int, Quantity]]:
    """Yield the line and the quantity of each figure in a passage that reports a result."""
    for inline in passage.inlines:
        text = _words(inline.children or ())
        for quantity in quantities(text):
            if not _chosen(text, quantity, section=passage.section):
                yield prose.line(inline) + text.count("\n", 0, quantity.start), quantity


def _words(children: Sequence[Token]) -> str:
    """Return the text of an inline; code in it is replaced by a word, so that it is not parsed."""
    parts = {"code_inline": "code", "softbreak": "\n", "hardbreak": "\n"}
    return "".join(parts.get(child.type, child.content) for child in children)


def _chosen(text: str, quantity: Quantity, *, section: str) -> bool:
    """Return whether a quantity is a case or a setting, not a result."""
    ends = [match.end() for match in re.finditer(r"[.!?]\s", text)]
    start = max((end for end in ends if end <= quantity.start), default=0)
    end = min((end for end in ends if end >= quantity.end), default=len(text))
    sentence = text[start:end]
    before = text[start : quantity.start]
    if EFFECT.search(sentence) or (quantity.family == "time" and _follows(OUTCOME, before)):
        return False
    if quantity.family in CASES and _follows(CASES[quantity.family], before):
        return True
    return section.startswith(PLANS) or CHOSEN.search(sentence) is not None


def _follows(words: str, before: str) -> bool:
    """Return whether a number directly follows one of `words`, apart from a hedge."""
    return re.search(rf"\b(?:{words})\s(?:{HEDGE})*$", before, re.IGNORECASE) is not None


def _declared(lab: Path) -> set[tuple[float, Family]]:
    """Return the numbers in a lab's file, as quantities of the units they may have."""
    try:
        tree = ast.parse(lab.read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        # Errors in the lab are reported by the code that imports it.
        return set()
    numbers: set[tuple[float, Family]] = set()
    for node in ast.walk(tree):
        name = node.arg or "" if isinstance(node, ast.keyword) else ""
        inner = ast.walk(node.value) if isinstance(node, ast.keyword) else (node,)
        for value in inner:
            if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
                numbers.update(
                    (float(value.value), family)
                    for family, pattern in ARGUMENTS.items()
                    if re.fullmatch(pattern, name)
                )
    return numbers
