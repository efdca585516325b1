"""A variant of a lab: one way to do the work."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Variant"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to do the work. `label` is its name for people."""

    name: str
    label: str
    baseline: bool
    function: "Callable[..., Any]"
