"""Verdicts, figures and pictures in templates: `{% load verdicts %}`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from django import template
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import mark_safe

from nexus.engines.experiment.report import figures, plots

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

__all__ = ["register"]

register = template.Library()

_SHAPES = {
    "supported": "●",
    "refuted": "▲",
    "inconclusive": "◌",
    "unavailable": "\N{EN DASH}",
    "reported": "○",
    "not run": "□",
    "stale": "↻",
}
_HEADING = re.compile(r'<(h[23]) id="([^"]+)">(.*?)</\1>', re.DOTALL)
_SENTENCE_ENDS = (".", "!", "?", ":")
_MINUTE_S = 60
_MOST_SPOKEN = 3  # more effects than this, spoken without their claims, tell nothing
_SECONDS_BELOW_S = 120  # up to two minutes are told in seconds


class Entry(TypedDict):
    """One expectation of a verdict card."""

    claim: str
    state: str
    effect: str
    reason: str
    declared: str


class Group(TypedDict):
    """Neighbouring expectations of a verdict card and the picture that they share."""

    entries: list[Entry]
    picture: plots.Picture | None


@register.filter
def shape(state: object) -> str:
    """Return the mark that stands before a verdict's word, none where there is no verdict."""
    return _SHAPES.get(str(state), "")


@register.filter
def verdict_word(state: object) -> str:
    """Return the word for a verdict or a claim's state."""
    return {"not run": "not yet run here", "reported": "reported, not tested here yet"}.get(
        str(state), str(state or "no verdict")
    )


@register.filter
def slug(value: object) -> str:
    """Return a class or an id: "not run" is "not-run", "n-plus-one.faster" is the same with "-"."""
    return "".join(c if c.isalnum() else "-" for c in str(value or "")).lower()


@register.filter
def spaced(value: object) -> str:
    """Return a name with spaces for underscores."""
    return str(value).replace("_", " ")


@register.filter
def sentence(value: object) -> str:
    """Return a phrase as a sentence: a capital letter first, a full stop last."""
    words = str(value or "").strip()
    if not words:
        return ""
    ending = "" if words.endswith(_SENTENCE_ENDS) else "."
    return words[0].upper() + words[1:] + ending


@register.filter
def coded(value: object) -> SafeString:
    """Return a sentence as HTML, escaped, with what stands in backticks as code."""
    parts = re.split(r"`([^`]+)`", str(value or ""))
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", p) if i % 2 else p,) for i, p in enumerate(parts)),
    )


@register.filter
def boxed(html: object) -> str:
    """Return a page's HTML with each table and code block in a box that the keyboard can scroll.

    The loader lets no HTML through from the text of a page, so every tag here is of its making.
    """
    return (
        str(html)
        .replace(
            "<table>", '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>'
        )
        .replace("</table>", "</table></div>")
        .replace("<pre>", '<pre tabindex="0">')
    )


@register.filter
def anchored(html: object) -> str:
    """Return a page's HTML with a link to itself beside each heading, outside its name."""
    return _HEADING.sub(_with_anchor, str(html))


@register.filter
def breakable(path: object) -> SafeString:
    """Return a path as HTML that a line may break after a slash of."""
    return format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in str(path).split("/")))


@register.filter
def percent(value: object) -> str:
    """Return a share as per cent with two digits that matter: 0.0213 is "2.1 %"."""
    return figures.share(value) if isinstance(value, int | float) else "unknown"


@register.filter
def hundredths(value: object) -> str:
    """Return a fraction from 0 to 1 as a whole number from 0 to 100, for `<progress>`."""
    share = value if isinstance(value, int | float) else 0
    return str(round(min(max(share, 0), 1) * 100))


@register.filter
def duration(seconds: object) -> str:
    """Return a number of seconds in words: 200 is "3 min 20 s"."""
    if not isinstance(seconds, int | float):
        return "an unknown time"
    whole = max(round(seconds), 0)
    if whole < _SECONDS_BELOW_S:
        return f"{whole} s"
    minutes, rest = divmod(whole, _MINUTE_S)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


@register.simple_tag
def findings(run: object) -> list[Entry]:
    """Return the expectations of a run, each with its claim's sentence where the library has it."""
    claims = _of(run, "claims")
    return [
        Entry(
            claim=str(
                _of(_of(claims, str(_of(item, "claim"))), "sentence") or _of(item, "claim") or ""
            ),
            state=str(_of(item, "verdict") or ""),
            effect=str(_of(item, "sentence") or ""),
            reason=str(_of(item, "reason") or ""),
            declared=str(_of(item, "declared") or ""),
        )
        for item in _list(_of(_of(run, "document"), "expectations"))
    ]


@register.simple_tag
def timings_of(run: object) -> plots.Table | None:
    """Return the times of a run's variants as a table."""
    return plots.timings(_document(run))


@register.simple_tag
def announcement(run: object) -> str:
    """Return what a screen reader says when a run has ended."""
    entries = findings(run)
    if len(entries) > _MOST_SPOKEN:
        mixed = tally(run)
        said = [f"Of {len(entries)} claims: {mixed}." if mixed else f"All {len(entries)} claims."]
    else:
        said = [sentence(entry["effect"]) for entry in entries if entry["effect"]]
    return " ".join([f"Verdict: {_of(run, 'verdict')}.", *said])


@register.simple_tag
def grouped_findings(run: object) -> list[Group]:
    """Return the expectations of a run beside their pictures; each picture is drawn once."""
    drawn = {claim: item for item in plots.pictures(_document(run)) for claim in item.claims}
    items = _list(_of(_of(run, "document"), "expectations"))
    pictures = [drawn.get(str(_of(item, "claim"))) for item in items]
    groups: list[Group] = []
    for index, (entry, picture) in enumerate(zip(findings(run), pictures, strict=True)):
        if index and picture is not None and picture is pictures[index - 1]:
            groups[-1]["entries"].append(entry)
        else:
            fresh = picture not in pictures[:index]
            groups.append(Group(entries=[entry], picture=picture if fresh else None))
    return groups


@register.simple_tag
def common_reason(run: object) -> str:
    """Return the reason that all claims of a run share, so that it is told once; else nothing."""
    reasons = {entry["reason"] for entry in findings(run)}
    return reasons.pop() if len(reasons) == 1 else ""


@register.simple_tag
def tally(run: object) -> str:
    """Return how many claims have which verdict, nothing where all have the same."""
    states = Counter(entry["state"] for entry in findings(run))
    if len(states) < 2:  # noqa: PLR2004 -- one kind of verdict is told by its word
        return ""
    return ", ".join(f"{count} {state}" for state, count in states.most_common())


@register.simple_tag
def leading_picture(run: object) -> plots.Picture | None:
    """Return the first picture of a run, that of its first claim that has one."""
    return next(iter(plots.pictures(_document(run))), None)


@register.simple_tag
def illustrate(blocks: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return the blocks of a page, each claim with its picture.

    A picture that several claims share is drawn once, with the first of them.
    """
    drawn: set[tuple[object, str]] = set()
    illustrated: list[dict[str, object]] = []
    for block in blocks:
        claim = block.get("claim")
        run = _of(claim, "run")
        picture = _picture(run, str(_of(claim, "id"))) if run else None
        if picture is not None:
            mark = (_of(run, "id"), picture.key)
            picture = None if mark in drawn else picture
            drawn.add(mark)
        illustrated.append({**block, "picture": picture})
    return illustrated


def _with_anchor(heading: re.Match[str]) -> str:
    # Stripping tags leaves the entities, so that the title is as safe in the attribute.
    label = f"Link to: {strip_tags(heading[3])}"
    link = f'<a class="anchor" href="#{heading[2]}" aria-label="{label}">#</a>'
    return f'<div class="headed">{heading[0]}{link}</div>'


def _picture(run: object, claim_id: str) -> plots.Picture | None:
    return next((item for item in plots.pictures(_document(run)) if claim_id in item.claims), None)


def _document(run: object) -> Mapping[str, object]:
    document = _of(run, "document")
    return document if isinstance(document, Mapping) else {}


def _of(thing: object, name: str) -> object:
    """Return an attribute or an item, as templates do: views give dataclasses and documents."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
