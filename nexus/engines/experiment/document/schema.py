"""The JSON Schema of `nexus.run/1`, derived from the classes of the document.

`python -m nexus.engines.experiment.document.schema FILE` writes it to a file.
"""

import ast
import dataclasses
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from nexus.engines.experiment.document.fields import fields_of
from nexus.engines.experiment.document.run_document import SCHEMA, Interval, RunDocument
from nexus.engines.experiment.document.verdicts import Verdict

if TYPE_CHECKING:
    from nexus.engines.experiment.document.fields import Field

__all__ = ["json_schema"]

JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a run document."""
    definitions: dict[str, Any] = {}
    root = _object(RunDocument, definitions)
    root["properties"]["schema"]["const"] = SCHEMA
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"/schemas/{SCHEMA}.json",
        "title": SCHEMA,
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(document_class: type, definitions: dict[str, Any]) -> dict[str, Any]:
    fields = fields_of(document_class)
    notes = _notes(document_class)
    return {
        "description": _first_paragraph(document_class.__doc__ or ""),
        "type": "object",
        "properties": {field.name: _property(field, notes, definitions) for field in fields},
        "required": [field.name for field in fields if field.required],
    }


def _property(
    field: "Field", notes: Mapping[str, str], definitions: dict[str, Any]
) -> dict[str, Any]:
    schema = _type(field.hint, definitions)
    note = notes.get(field.name)
    return {**schema, "description": note} if note else schema


def _type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    kind, arguments = get_origin(hint) or hint, get_args(hint)
    if kind is UnionType:
        return _union(arguments, definitions)
    if kind is tuple:
        pair = {"minItems": 2, "maxItems": 2} if hint == Interval else {}
        return {"type": "array", "items": _type(arguments[0], definitions), **pair}
    if kind in {dict, Mapping}:
        return {"type": "object", "additionalProperties": _type(arguments[1], definitions)}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        name = kind.__name__
        if name not in definitions:
            definitions[name] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if kind is Literal or kind is Verdict:
        return {"enum": [str(word) for word in arguments or Verdict]}
    return {"type": JSON_TYPES[hint]} if hint in JSON_TYPES else {}


def _union(arguments: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    schemas = [_type(argument, definitions) for argument in arguments if argument is not NoneType]
    null = [{"type": "null"}] if NoneType in arguments else []
    if all(set(schema) == {"type"} for schema in schemas):
        return {"type": [schema["type"] for schema in (*schemas, *null)]}
    return {"anyOf": [*schemas, *null]}


def _notes(document_class: type) -> dict[str, str]:
    """Return the sentence below each field, and the docstring of each property."""
    notes: dict[str, str] = {}
    for parent in reversed(document_class.__mro__[:-1]):
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(parent))).body
        assert isinstance(body, ast.ClassDef)  # noqa: S101 -- it is the source of a class
        previous = None
        for node in body.body:
            if isinstance(node, ast.FunctionDef):
                notes[node.name] = _first_paragraph(ast.get_docstring(node) or "")
            elif isinstance(previous, ast.AnnAssign) and isinstance(node, ast.Expr):
                notes[ast.unparse(previous.target)] = _first_paragraph(ast.literal_eval(node.value))
            previous = node
    return notes


def _first_paragraph(text: str) -> str:
    return re.sub(r"\s+", " ", text.split("\n\n", maxsplit=1)[0]).strip()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(f"{json.dumps(json_schema(), indent=2)}\n", "utf-8")
