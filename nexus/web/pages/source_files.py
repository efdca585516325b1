"""The files that pages and code are made of: where they are shown, and where to change them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from nexus.apps.library.reading.source import MARK, highlight_code
from nexus.core.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Line", "SourceFile", "SourceNotFoundError", "change_url", "read_source", "source_url"]

# A package of the installation, folders in it, and a file: no part begins with a dot.
SHOWN = re.compile(r"(?:library|nexus)(?:/\w[\w.-]*)+\.(?:py|md|html|css|js|svg)", re.ASCII)
# What others wrote, and what Python made.
HIDDEN = {"vendor", "__pycache__"}


class SourceNotFoundError(NotFoundError):
    """There is no such source file: shown are the text files of `library/` and `nexus/`."""

    code = "source_not_found"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a file, highlighted; `anchor` is the name of the piece of code that begins here."""

    number: int
    html: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file to read. `change_url` is empty where no place to change it is set."""

    path: str
    lines: "Sequence[Line]"
    change_url: str

    @property
    def anchors(self) -> list[str]:
        """The names of the pieces of code that pages take from it."""
        return [line.anchor for line in self.lines if line.anchor]


def source_url(path: str, anchor: str = "") -> str:
    """Return the address where a file is shown, nothing for one that is not shown."""
    if not _is_shown(path):
        return ""
    fragment = f"#anchor-{anchor}" if anchor else ""
    return reverse("source", args=[path]) + fragment


def change_url(path: str) -> str:
    """Return the address where a file can be changed, nothing where the setting names none."""
    return settings.SOURCE_URL + path if settings.SOURCE_URL else ""


def read_source(path: str) -> SourceFile:
    """Read a file of the installation by its path. Raises `SourceNotFoundError`."""
    root = Path(settings.BASE_DIR).resolve()
    # Resolved, so that no link out of a package leads further.
    if not _is_shown(path):
        raise SourceNotFoundError
    file = (root / path).resolve()
    inside = file.is_relative_to(root) and _is_shown(file.relative_to(root).as_posix())
    if not (inside and file.is_file()):
        raise SourceNotFoundError
    text = file.read_text("utf-8")
    return SourceFile(path=path, lines=tuple(_lines(text, path)), change_url=change_url(path))


def _is_shown(path: str) -> bool:
    return bool(SHOWN.fullmatch(path)) and HIDDEN.isdisjoint(path.split("/"))


def _lines(text: str, path: str) -> "Iterator[Line]":
    """Highlight a file line by line; the lexer drops empty lines at both ends, so they go first."""
    plain = text.strip("\n").split("\n")
    before = len(text) - len(text.lstrip("\n"))
    highlighted = highlight_code("\n".join(plain), filename=path)
    for number, (line, html) in enumerate(zip(plain, highlighted, strict=True), before + 1):
        mark = MARK.match(line)
        yield Line(number=number, html=html, anchor=mark[2] if mark and mark[1] == "anchor" else "")
