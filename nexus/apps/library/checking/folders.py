"""The locations of files: a page or lab in an unexpected place would be ignored silently."""

import keyword
import re
from collections.abc import Iterator
from pathlib import Path

from nexus.apps.library.errors import Fault
from nexus.apps.library.reading import KINDS

__all__ = ["NAME", "folder_faults"]

NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def folder_faults(library: Path) -> list[Fault]:
    """Find folders and files of a library that are misplaced or misnamed."""
    kinds = [kind.replace("-", "_") for kind in KINDS]
    faults: list[Fault] = []
    for folder in _folders(library):
        path = folder.relative_to(library.parent).as_posix()
        if folder.name in kinds:
            faults.extend(_kind_faults(folder, path))
        else:
            sentence = f"is not a kind of page; the kinds are {', '.join(kinds)}"
            faults.append(Fault(path=path, line=1, sentence=sentence))
    return faults


def _kind_faults(kind: Path, path: str) -> Iterator[Fault]:
    folders = _folders(kind)
    if folders and not (kind / "__init__.py").is_file():
        yield _no_package(path)
    for file in kind.glob("*.md"):
        sentence = "is not in a folder of its own; move it to NAME/README.md"
        yield Fault(path=f"{path}/{file.name}", line=1, sentence=sentence)
    for folder in folders:
        yield from _page_faults(folder, f"{path}/{folder.name}")


def _page_faults(folder: Path, path: str) -> Iterator[Fault]:
    names = {entry.name for entry in folder.iterdir()}
    if not NAME.fullmatch(folder.name) or keyword.iskeyword(folder.name):
        sentence = (
            "is not a valid name for a Python package, which a page's folder must be; "
            "use lowercase letters, digits and underscores"
        )
        yield Fault(path=path, line=1, sentence=sentence)
    if "README.md" not in names:
        other = next((name for name in sorted(names) if name.lower() == "readme.md"), None)
        remedy = f"rename {other}" if other else "write it, or delete the folder"
        sentence = f"has no README.md, so it is not a page; {remedy}"
        yield Fault(path=path, line=1, sentence=sentence)
    if "__init__.py" not in names:
        yield _no_package(path)
    for file in sorted(folder.glob("*/**/README.md")):
        sentence = "is nested too deeply to be found; a page is library/KIND/NAME/README.md"
        name = file.relative_to(folder).as_posix()
        yield Fault(path=f"{path}/{name}", line=1, sentence=sentence)


def _no_package(path: str) -> Fault:
    sentence = "has no __init__.py; add one whose docstring names what is in the folder"
    return Fault(path=path, line=1, sentence=sentence)


def _folders(parent: Path) -> list[Path]:
    """Return the folders with content of their own; a cache can outlive the files it was for."""
    return [
        entry
        for entry in sorted(parent.iterdir())
        if entry.is_dir()
        and not entry.name.startswith((".", "__"))
        and any(inner.name != "__pycache__" for inner in entry.iterdir())
    ]
