"""Template tags for verdicts, figures and plots: `{% load verdicts %}`."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict, cast

from django import template
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import mark_safe

from nexus.engines.experiment.document.json_form import read
from nexus.engines.experiment.document.run_document import RunDocument
from nexus.engines.experiment.report import table, wording
from nexus.engines.experiment.report.plots import Picture, pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

__all__ = ["register"]

register = template.Library()

_HEADING = re.compile(r'<(h[23]) id="([^"]+)">(.*?)</\1>', re.DOTALL)
_SENTENCE_ENDS = (".", "!", "?", ":")
_MINUTE_S = 60
_MAX_SPOKEN = 3  # more effects than this are meaningless when spoken without their claims
_SECONDS_BELOW_S = 120  # durations below two minutes are shown in seconds


class Entry(TypedDict):
    """One expectation of a verdict card."""

    claim: str
    state: str
    effect: str
    reason: str
    declared: str


class Group(TypedDict):
    """Consecutive expectations of a verdict card and the picture they share."""

    entries: list[Entry]
    picture: Picture | None


@register.filter
def shape(state: object) -> str:
    """Return the symbol before a verdict's word, empty if there is no verdict."""
    return wording.shape(str(state))


@register.filter
def verdict_word(state: object) -> str:
    """Return the word for a verdict or a claim's state."""
    return wording.state_word(str(state or ""))


@register.filter
def slug(value: object) -> str:
    """Return a CSS class or id: "not run" is "not-run", "n-plus-one.faster" "n-plus-one-faster"."""
    return "".join(c if c.isalnum() else "-" for c in str(value or "")).lower()


@register.filter
def spaced(value: object) -> str:
    """Return a name with spaces instead of underscores."""
    return wording.spaced(str(value))


@register.filter
def sentence(value: object) -> str:
    """Return a phrase as a sentence, with a capital letter and a full stop."""
    words = str(value or "").strip()
    if not words:
        return ""
    ending = "" if words.endswith(_SENTENCE_ENDS) else "."
    return words[0].upper() + words[1:] + ending


@register.filter
def coded(value: object) -> "SafeString":
    """Return a sentence as HTML, escaped, with text in backticks as code."""
    parts = re.split(r"`([^`]+)`", str(value or ""))
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", p) if i % 2 else p,) for i, p in enumerate(parts)),
    )


@register.filter
def boxed(html: object) -> str:
    """Return a page's HTML with each table and code block in a box that scrolls by keyboard.

    The loader escapes HTML in the text of a page, so every tag is the loader's own.
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
    """Return a page's HTML with a permalink next to each heading, outside the heading's name."""
    return _HEADING.sub(_with_anchor, str(html))


@register.filter
def breakable(path: object) -> "SafeString":
    """Return a path as HTML with a line-break opportunity after each slash."""
    return format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in str(path).split("/")))


@register.filter
def percent(value: object) -> str:
    """Return a fraction as a percentage with two significant digits: 0.0213 is "2.1 %"."""
    return wording.percent(value) if isinstance(value, int | float) else "unknown"


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
    """Return the expectations of a run, each with its claim's sentence if the library has it."""
    claims = _of(run, "claims")
    document = _document(run)
    return [
        Entry(
            claim=str(_of(_of(claims, outcome.claim), "sentence") or outcome.claim),
            state=str(outcome.verdict),
            effect=outcome.sentence,
            reason=outcome.reason,
            declared=outcome.declared,
        )
        for outcome in (document.expectations if document else ())
    ]


@register.simple_tag
def timings_of(run: object) -> "table.Table | None":
    """Return the times of a run's variants as a table."""
    document = _document(run)
    return table.timings_table(document) if document else None


@register.simple_tag
def announcement(run: object) -> str:
    """Return the text that a screen reader announces when a run has ended."""
    entries = findings(run)
    if len(entries) > _MAX_SPOKEN:
        mixed = tally(run)
        sentences = [
            f"Of {len(entries)} claims: {mixed}." if mixed else f"All {len(entries)} claims."
        ]
    else:
        sentences = [sentence(entry["effect"]) for entry in entries if entry["effect"]]
    return " ".join([f"Verdict: {_of(run, 'verdict')}.", *sentences])


@register.simple_tag
def grouped_findings(run: object) -> list[Group]:
    """Return the expectations of a run with their pictures; each picture is drawn once."""
    drawn = {claim: item for item in _pictures(run) for claim in item.claims}
    document = _document(run)
    by_claim = [drawn.get(outcome.claim) for outcome in (document.expectations if document else ())]
    groups: list[Group] = []
    for index, (entry, picture) in enumerate(zip(findings(run), by_claim, strict=True)):
        if index and picture is not None and picture is by_claim[index - 1]:
            groups[-1]["entries"].append(entry)
        else:
            fresh = picture not in by_claim[:index]
            groups.append(Group(entries=[entry], picture=picture if fresh else None))
    return groups


@register.simple_tag
def common_reason(run: object) -> str:
    """Return the reason that all claims of a run share, or ""."""
    reasons = {entry["reason"] for entry in findings(run)}
    return reasons.pop() if len(reasons) == 1 else ""


@register.simple_tag
def tally(run: object) -> str:
    """Return how many claims have each verdict, or "" if all have the same."""
    states = Counter(entry["state"] for entry in findings(run))
    if len(states) < 2:  # noqa: PLR2004 -- one kind of verdict is clear from its word
        return ""
    return ", ".join(f"{count} {state}" for state, count in states.most_common())


@register.simple_tag
def leading_picture(run: object) -> Picture | None:
    """Return the picture of the first claim of a run that has one."""
    return next(iter(_pictures(run)), None)


@register.simple_tag
def illustrate(blocks: "Sequence[Mapping[str, object]]") -> list[dict[str, object]]:
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


def _picture(run: object, claim_id: str) -> Picture | None:
    return next((item for item in _pictures(run) if claim_id in item.claims), None)


def _pictures(run: object) -> tuple[Picture, ...]:
    document = _document(run)
    return pictures(document) if document else ()


def _document(run: object) -> RunDocument | None:
    document = _of(run, "document")
    return read(document) if isinstance(document, Mapping) else cast("RunDocument | None", document)


def _of(thing: object, name: str) -> object:
    """Return an attribute or an item, as templates do: views pass dataclasses and documents."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
