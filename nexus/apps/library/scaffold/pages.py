"""A new page: its folder, and a draft with the usual sections."""

import keyword
from pathlib import Path

from nexus.apps.library.checking.folders import NAME
from nexus.apps.library.errors import BadNameError, NoLibraryError
from nexus.apps.library.reading import KINDS
from nexus.apps.library.reading.page import SLUG_LIMIT
from nexus.apps.library.scaffold.files import refuse_existing, write

__all__ = ["PAGE", "folder_name", "start_page", "title_of"]

PAGE = """\
---
title: {title}
summary: Say in one sentence what a reader knows after this page.
topics: [draft]
---
## What it is

Say what the thing is and what it is for, before any detail.

## When to use it

Describe the situations in which it is worth using.

## When not to

Describe the situations in which it is not worth using, and what is better there.

## How it goes wrong

- **The usual mistake.** Describe how it looks, and why it happens.

## How Nexus does it

Show the place in the code of Nexus, taken from the source by its anchor.

## What to check in your project

1. Write a question that a reader can answer within a few minutes.

## Further reading

- Name a text, and say in a few words what it is good for.
"""


def start_page(library: Path, kind: str, slug: str) -> list[Path]:
    """Write a new page. Returns its files.

    Raises `BadNameError` if the kind does not exist or the name is invalid,
    `FileExistsAlreadyError` if the page exists, `NoLibraryError` if there is no library.
    """
    if not library.is_dir():
        raise NoLibraryError(f"There is no library at {library}; restore the folder.")
    kind = kind.replace("_", "-")
    if kind not in KINDS:
        raise BadNameError(
            f"There is no kind of page called {kind!r}; the kinds are {', '.join(KINDS)}, and "
            "lab creates a lab.",
        )
    folder = library / kind.replace("-", "_") / folder_name(slug)
    refuse_existing(folder / "README.md")
    title = title_of(slug)
    packages = {folder.parent: f'"""{KINDS[kind]}."""\n', folder: f'"""The page {title}."""\n'}
    files = [
        write(package / "__init__.py", docstring)
        for package, docstring in packages.items()
        if not (package / "__init__.py").exists()
    ]
    return [*files, write(folder / "README.md", PAGE.format(title=title))]


def folder_name(slug: str) -> str:
    """Return the folder name of the page with this name.

    Raises `BadNameError` if it is not a valid package name.
    """
    name = slug.replace("-", "_")
    if not NAME.fullmatch(name):
        raise BadNameError(
            f"{slug!r} cannot be the name of a page; use lowercase letters, digits and single "
            "hyphens, such as row-locks.",
        )
    if keyword.iskeyword(name):
        raise BadNameError(f"{slug!r} is a Python keyword; use two words.")
    if len(name) > SLUG_LIMIT:
        raise BadNameError(f"The name has {len(name)} characters; use {SLUG_LIMIT} or fewer.")
    return name


def title_of(slug: str) -> str:
    """Return a title derived from a name."""
    return slug.replace("-", " ").replace("_", " ").capitalize()
