"""`nexus check`: the authors' compiler."""

from nexus.cli.preparation import set_up_django
from nexus.cli.terminal import note, out

__all__ = ["check_library"]


def check_library() -> int:
    """Print every fault of the library and its labs; gives 0 when there is none, else 1."""
    set_up_django()
    from django.conf import settings

    from nexus.apps.labs.checking import check_labs
    from nexus.apps.library.errors import LibraryError
    from nexus.apps.library.reading import read_library

    try:
        pages = read_library(settings.LIBRARY_DIR)
    except LibraryError as error:
        faults = [str(fault) for fault in error.faults]
    else:
        faults = check_labs({claim.id: page.key for page in pages for claim in page.claims})
    for fault in faults:
        out.print(fault, markup=False)
    if faults:
        note.print(f"{len(faults)} fault(s) in the library.", style="red")
        return 1
    note.print(f"{len(pages)} pages, no faults.")
    return 0
