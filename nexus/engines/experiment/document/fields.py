"""What the classes of the document declare: their fields, and which of them JSON may leave out."""

import dataclasses
from dataclasses import MISSING
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from nexus.engines.experiment.document.run_document import RunDocument

__all__ = ["Field", "fields_of"]

DERIVED = (
    "schema", "verdict", "as_declared", "design", "expectations", "variants", "labels", "baseline",
    "cases", "noise_floor", "control",
)  # fmt: skip
"""Properties of a `RunDocument` that its JSON has as well, for readers of labs with one part."""


class Field(NamedTuple):
    """A field of a class of the document; `derived` fields are written and never read."""

    name: str
    hint: Any
    default: Any
    derived: bool

    @property
    def required(self) -> bool:
        """Whether the JSON always has it."""
        return self.default is MISSING


@cache
def fields_of(document_class: type) -> tuple[Field, ...]:
    """Return the fields of a class of the document in the order of the JSON."""
    hints = get_type_hints(document_class)
    own = [
        Field(field.name, hints[field.name], field.default, derived=False)
        for field in dataclasses.fields(document_class)
    ]
    if document_class is not RunDocument:
        return tuple(own)
    derived = [
        Field(
            name, get_type_hints(getattr(RunDocument, name).fget)["return"], MISSING, derived=True
        )
        for name in DERIVED
    ]
    return (*derived, *own)
