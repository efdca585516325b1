"""A new page: its folder, with the sections that a page has."""

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

Name the situations in which it pays.

## When not to

Name the situations in which it does not pay, and what serves better there.

## How it goes wrong

- **The usual mistake.** Say how it looks, and why it happens.

## How Nexus does it

Show the place in the code of Nexus, taken from the source by its anchor.

## What to check in your project

1. Write a question that a reader can answer within a few minutes.

## Further reading

- Name a text, and say in a few words what it is good for.
"""


def start_page(library: Path, kind: str, slug: str) -> list[Path]:
    """Write a new page and give its files.

    Raises `BadNameError` for a kind that there is not or a name that a page cannot have,
    `FileExistsAlreadyError` when there is such a page, `NoLibraryError` without a library.
    """
    if not library.is_dir():
        raise NoLibraryError(f"There is no library at {library}; put the folder back.")
    kind = kind.replace("_", "-")
    if kind not in KINDS:
        raise BadNameError(
            f"There is no kind of page called {kind!r}; the kinds are {', '.join(KINDS)}, and "
            "lab starts a lab.",
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
    """Return the folder of the page with this name.

    Raises `BadNameError` when it cannot be a package.
    """
    name = slug.replace("-", "_")
    if not NAME.fullmatch(name):
        raise BadNameError(
            f"{slug!r} cannot be the name of a page; use small letters, digits and single hyphens, "
            "such as row-locks.",
        )
    if keyword.iskeyword(name):
        raise BadNameError(f"{slug!r} is a word of Python; name the page in two words.")
    if len(name) > SLUG_LIMIT:
        raise BadNameError(f"The name has {len(name)} characters; use {SLUG_LIMIT} or fewer.")
    return name


def title_of(slug: str) -> str:
    """Return a title made of the words of a name."""
    return slug.replace("-", " ").replace("_", " ").capitalize()
