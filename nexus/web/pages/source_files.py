"""The source files of pages and code: the URLs that show them and where to change them."""

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

# A package of the installation, folders in it, and a file; no part begins with a dot.
SHOWN = re.compile(r"(?:library|nexus)(?:/\w[\w.-]*)+\.(?:py|md|html|css|js|svg)", re.ASCII)
# Third-party and generated files.
HIDDEN = {"vendor", "__pycache__"}


class SourceNotFoundError(NotFoundError):
    """No such source file. Only text files in `library/` and `nexus/` are shown."""

    code = "source_not_found"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A highlighted line of a file; `anchor` is the name of the snippet that begins here."""

    number: int
    html: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A source file. `change_url` is empty if `SOURCE_URL` is not set."""

    path: str
    lines: "Sequence[Line]"
    change_url: str

    @property
    def anchors(self) -> list[str]:
        """The names of the snippets that pages include from this file."""
        return [line.anchor for line in self.lines if line.anchor]


def source_url(path: str, anchor: str = "") -> str:
    """Return the URL that shows a file, or "" if the file is not shown."""
    if not _is_shown(path):
        return ""
    fragment = f"#anchor-{anchor}" if anchor else ""
    return reverse("source", args=[path]) + fragment


def change_url(path: str) -> str:
    """Return the URL to change a file, or "" if `SOURCE_URL` is not set."""
    return settings.SOURCE_URL + path if settings.SOURCE_URL else ""


def read_source(path: str) -> SourceFile:
    """Return a file of the installation by its path. Raises `SourceNotFoundError`."""
    root = Path(settings.BASE_DIR).resolve()
    # Resolved, so that a symbolic link cannot lead out of a package.
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
    """Highlight a file line by line, without empty lines at both ends, as the lexer drops them."""
    plain = text.strip("\n").split("\n")
    before = len(text) - len(text.lstrip("\n"))
    highlighted = highlight_code("\n".join(plain), filename=path)
    for number, (line, html) in enumerate(zip(plain, highlighted, strict=True), before + 1):
        mark = MARK.match(line)
        yield Line(number=number, html=html, anchor=mark[2] if mark and mark[1] == "anchor" else "")
