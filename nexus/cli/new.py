"""`nexus new`: the first draft of a page or of a lab."""

import os
from typing import TYPE_CHECKING

from nexus.cli.preparation import set_up_django_alone
from nexus.cli.terminal import out

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["start"]

LAB = "lab"


def start(kind: str, slug: str) -> None:
    """Write the files of a new page, or of a lab next to a page, and print their paths.

    Raises `LibraryError` or a related error.
    """
    set_up_django_alone()
    from django.conf import settings

    from nexus.apps.library.scaffold import start_lab, start_page

    library: Path = settings.LIBRARY_DIR
    files = start_lab(library, slug) if kind == LAB else start_page(library, kind, slug)
    for file in files:
        out.print(os.path.relpath(file), markup=False)
    out.print("Edit these files, then run `nexus check`.", style="dim")
