"""The parts of a result document (`nexus.run/1`) that are drawn.

Documents come from storage and may be old or cut short, so reading is lenient: a figure that is
missing or not finite is `None`, and what has no figures at all is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nexus.engines.experiment.report.plots.wording import case_label

__all__ = ["Counts", "Estimate", "Finding", "Result", "read"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an expectation came to in one case; `interval` is (low, high).

    `unknown` is the number of attempts whose outcome is not known, such as time-outs. An exponent
    has a `span`, the sizes it is about, and a side of the bar that the claim `asks` for.
    """

    case: str
    verdict: str
    value: float | None
    interval: tuple[float, float] | None
    pairs: int | None
    unknown: int
    span: str
    asks: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation with its verdict; `bar` is what the claim asks for."""

    claim: str
    kind: str
    verdict: str
    variant: str
    against: str
    measure: str
    bar: float | None
    sentence: str
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """A measure of one variant: over all, and in every case where it was taken by case.

    `rounds` has the figure of every round in each case, where the document gives them.
    """

    total: Mapping[str, float | None]
    unit: str
    by_case: tuple[tuple[Mapping[str, object], Mapping[str, float | None]], ...]
    rounds: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A result document; `labels` lists the variants, the baseline first."""

    baseline: str
    labels: Mapping[str, str]
    findings: tuple[Finding, ...]
    measures: Mapping[str, Mapping[str, Counts]]

    def label(self, variant: str) -> str:
        """Return the variant's name for people."""
        return self.labels.get(variant) or variant.replace("_", " ") or "the baseline"

    def colour(self, variant: str) -> str:
        """Return the class of the variant's colour: the baseline's is the same everywhere."""
        if variant == self.baseline:
            return "v0"
        fixes = [name for name in self.labels if name != self.baseline]
        return f"v{fixes.index(variant) % 4 + 1}" if variant in fixes else "v1"


def read(document: Mapping[str, object]) -> Result:
    """Return what can be drawn from a result document."""
    variants = _mapping(document.get("variants"))
    baseline = str(document.get("baseline") or "")
    given = _mapping(document.get("labels"))
    names = sorted({*variants, *given}, key=lambda name: (name != baseline, _place(name, variants)))
    return Result(
        baseline=baseline,
        labels={name: str(given.get(name) or name.replace("_", " ")) for name in names},
        findings=tuple(_finding(item) for item in _items(document.get("expectations"))),
        measures={
            name: {measure: _counts(_mapping(figures)) for measure, figures in measures.items()}
            for name, measures in ((name, _mapping(variants.get(name))) for name in names)
        },
    )


def _place(name: str, variants: Mapping[str, object]) -> int:
    order = list(variants)
    return order.index(name) if name in order else len(order)


def _finding(item: Mapping[str, object]) -> Finding:
    estimates = tuple(_estimate(case) for case in _items(item.get("cases")))
    return Finding(
        claim=str(item.get("claim") or ""),
        kind=str(item.get("kind") or ""),
        verdict=str(item.get("verdict") or ""),
        variant=str(item.get("variant") or ""),
        against=str(item.get("against") or ""),
        measure=str(item.get("measure") or ""),
        bar=_figure(item.get("bar")),
        sentence=str(item.get("sentence") or ""),
        estimates=estimates or (_estimate(item),),
    )


def _estimate(item: Mapping[str, object]) -> Estimate:
    pairs = _figure(item.get("pairs"))
    return Estimate(
        case=case_label(_mapping(item.get("case"))),
        verdict=str(item.get("verdict") or ""),
        value=_figure(item.get("value")),
        interval=_interval(item.get("interval")),
        pairs=None if pairs is None else int(pairs),
        unknown=int(_figure(item.get("unknown")) or 0),
        span=str(item.get("span") or ""),
        asks=str(item.get("asks") or ""),
    )


def _counts(figures: Mapping[str, object]) -> Counts:
    cases = _items(figures.get("by_case"))
    return Counts(
        total=_figures(figures),
        unit=str(figures.get("unit") or ""),
        by_case=tuple((_mapping(item.get("case")), _figures(item)) for item in cases),
        rounds=tuple(_row(item.get("rounds")) for item in cases),
    )


def _figures(item: Mapping[str, object]) -> dict[str, float | None]:
    others = {"case", "by_case", "unit", "rounds"}
    return {key: _figure(value) for key, value in item.items() if key not in others}


def _row(value: object) -> tuple[float, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple(figure for item in value if (figure := _figure(item)) is not None)


def _interval(value: object) -> tuple[float, float] | None:
    if not isinstance(value, Sequence) or len(value) != 2:  # noqa: PLR2004 - low and high
        return None
    low, high = _figure(value[0]), _figure(value[1])
    return None if low is None or high is None else (min(low, high), max(low, high))


def _figure(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> tuple[Mapping[str, object], ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))
