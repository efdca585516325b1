"""The places of files: what stands where no page or lab is looked for is lost without a word."""

import keyword
import re
from collections.abc import Iterator
from pathlib import Path

from nexus.apps.library.errors import Fault
from nexus.apps.library.reading import KINDS

__all__ = ["NAME", "folder_faults"]

NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def folder_faults(library: Path) -> list[Fault]:
    """Find folders and files of a library that cannot be what they look like."""
    kinds = [kind.replace("-", "_") for kind in KINDS]
    faults: list[Fault] = []
    for folder in _folders(library):
        shown = folder.relative_to(library.parent).as_posix()
        if folder.name in kinds:
            faults.extend(_kind_faults(folder, shown))
        else:
            sentence = f"is no kind of page; the kinds are {', '.join(kinds)}"
            faults.append(Fault(path=shown, line=1, sentence=sentence))
    return faults


def _kind_faults(kind: Path, shown: str) -> Iterator[Fault]:
    folders = _folders(kind)
    if folders and not (kind / "__init__.py").is_file():
        yield _no_package(shown)
    for file in kind.glob("*.md"):
        sentence = "stands in no folder of its own; move it to NAME/README.md"
        yield Fault(path=f"{shown}/{file.name}", line=1, sentence=sentence)
    for folder in folders:
        yield from _page_faults(folder, f"{shown}/{folder.name}")


def _page_faults(folder: Path, shown: str) -> Iterator[Fault]:
    names = {entry.name for entry in folder.iterdir()}
    if not NAME.fullmatch(folder.name) or keyword.iskeyword(folder.name):
        sentence = (
            "cannot be the name of a Python package, which a page's folder is; "
            "use small letters, digits and underscores"
        )
        yield Fault(path=shown, line=1, sentence=sentence)
    if "README.md" not in names:
        other = next((name for name in sorted(names) if name.lower() == "readme.md"), None)
        remedy = f"rename {other}" if other else "write it, or take the folder away"
        sentence = f"has no README.md, so it is no page; {remedy}"
        yield Fault(path=shown, line=1, sentence=sentence)
    if "__init__.py" not in names:
        yield _no_package(shown)
    for file in sorted(folder.glob("*/**/README.md")):
        sentence = "lies too deep to be found; a page is library/KIND/NAME/README.md"
        path = f"{shown}/{file.relative_to(folder).as_posix()}"
        yield Fault(path=path, line=1, sentence=sentence)


def _no_package(shown: str) -> Fault:
    sentence = "has no __init__.py; add one whose docstring names what is in the folder"
    return Fault(path=shown, line=1, sentence=sentence)


def _folders(parent: Path) -> list[Path]:
    """Return the folders that somebody made; a cache may outlive the files that it is of."""
    return [
        entry
        for entry in sorted(parent.iterdir())
        if entry.is_dir()
        and not entry.name.startswith((".", "__"))
        and any(inner.name != "__pycache__" for inner in entry.iterdir())
    ]
