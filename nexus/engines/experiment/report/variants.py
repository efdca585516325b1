"""The variants of a part, in the order and with the names and colours that readers see."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.report.wording import spaced

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import Part

__all__ = ["colour", "label", "variant_names"]

COLOURS = 4
"""How many colours variants other than the baseline have; `v0` is the baseline's."""


def variant_names(part: "Part") -> list[str]:
    """Return the names of all variants: the baseline first, then as they were measured."""
    order = list(part.variants)

    def key(name: str) -> tuple[bool, int]:
        return name != part.baseline, order.index(name) if name in order else len(order)

    return sorted({*part.variants, *part.labels}, key=key)


def label(part: "Part", variant: str | None) -> str:
    """Return the variant's name for people."""
    return part.labels.get(variant or "") or spaced(variant or "") or "the baseline"


def colour(part: "Part", variant: str) -> str:
    """Return the class of the variant's colour: the baseline's is the same everywhere."""
    if variant == part.baseline:
        return "v0"
    others = [name for name in variant_names(part) if name != part.baseline]
    return f"v{others.index(variant) % COLOURS + 1}" if variant in others else "v1"
