"""Run documents as JSON: written as this release has it, read from this and every earlier one.

A stored document may be old or cut short, so reading is lenient: a figure that is missing or not
finite is `None`, text that is missing is empty, and an unknown verdict is inconclusive.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from nexus.engines.experiment.document.fields import fields_of
from nexus.engines.experiment.document.run_document import Interval, Part, RunDocument, Scalar
from nexus.engines.experiment.document.verdicts import Verdict

__all__ = ["read", "upgrade", "write"]

EMPTY = {str: "", int: 0, float: 0.0, bool: False, Verdict: Verdict.INCONCLUSIVE, object: None}
"""What a required field has where the JSON has nothing of its type."""


def write(document: RunDocument) -> dict[str, Any]:
    """Return a document as one object of JSON's own types."""
    json: dict[str, Any] = _write(document)
    return json


def upgrade(json: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a document as this release writes it, with `parts`.

    Before there were parts, the fields of the one experiment were at the top only.
    """
    if json.get("parts"):
        return dict(json)
    part = {field.name: json[field.name] for field in fields_of(Part) if field.name in json}
    return {**json, "parts": [part]}


def read(json: Mapping[str, Any]) -> RunDocument:
    """Return the document whose JSON is `json`, of this or an earlier release."""
    document: RunDocument = _read_object(RunDocument, upgrade(json))
    return document


def _write(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        contents = {f: getattr(value, f.name) for f in fields_of(type(value))}
        return {f.name: _write(content) for f, content in contents.items() if content != f.default}
    if isinstance(value, Mapping):
        return {str(key): _write(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [_write(item) for item in value]
        # An interval with an open end says nothing.
        return None if None in items else items
    if isinstance(value, Enum):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _read_object(document_class: Any, json: Mapping[str, object]) -> Any:
    contents: dict[str, object] = {}
    for field in fields_of(document_class):
        if field.derived or not (field.required or field.name in json):
            continue
        content = _read(field.hint, json.get(field.name))
        missing = content is None and NoneType not in get_args(field.hint)
        contents[field.name] = _empty(field.hint) if missing else content
    return document_class(**contents)


def _read(hint: Any, value: object) -> Any:
    """Return `value` as the type `hint`, or None where it does not fit."""
    if get_origin(hint) is UnionType and NoneType in get_args(hint):
        (hint,) = (argument for argument in get_args(hint) if argument is not NoneType)
    kind = get_origin(hint) or hint
    if kind in {tuple, dict, Mapping}:
        return _read_container(hint, value)
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, value) if isinstance(value, Mapping) else None
    if kind in {int, float}:
        return _figure(kind, value)
    if hint == Scalar:
        infinite = isinstance(value, float) and not math.isfinite(value)
        return value if isinstance(value, Scalar) and not infinite else str(value)
    return value if _is_word(hint, value) else None


def _is_word(hint: Any, value: object) -> bool:
    """Return whether `value` is text, a verdict, a literal or a truth value as `hint` has it."""
    if hint is Verdict:
        return value in set(Verdict)
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    return isinstance(value, hint)


def _read_container(hint: Any, value: object) -> Any:
    """Return a tuple or a mapping of what fits."""
    if hint == Interval:
        return _interval(value)
    if get_origin(hint) is tuple:
        (item_hint, _) = get_args(hint)
        items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
        return tuple(item for v in items if (item := _read(item_hint, v)) is not None)
    (_, item_hint) = get_args(hint)
    entries = value.items() if isinstance(value, Mapping) else ()
    read_entries = {str(key): _read(item_hint, item) for key, item in entries}
    return {key: item for key, item in read_entries.items() if item is not None}


def _interval(value: object) -> Interval | None:
    if not isinstance(value, Sequence) or len(value) != 2:  # noqa: PLR2004 -- low and high
        return None
    low, high = _figure(float, value[0]), _figure(float, value[1])
    return None if low is None or high is None else (min(low, high), max(low, high))


def _figure(kind: type, value: object) -> float | None:
    """Return a finite number; a whole one stays whole."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if kind is int else value


def _empty(hint: Any) -> object:
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    return _read_object(hint, {}) if dataclasses.is_dataclass(hint) else EMPTY[hint]
