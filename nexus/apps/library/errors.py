"""What can be wrong with a page, and with asking for one."""

from dataclasses import dataclass

from nexus.core.errors import NexusError, NotFoundError

__all__ = ["Fault", "LibraryError", "PageNotFoundError"]


@dataclass(frozen=True, kw_only=True, order=True)
class Fault:
    """One thing wrong in one file of the library: where, what, and what to do."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


class LibraryError(NexusError):
    """The library has faults."""

    code = "library_faults"

    def __init__(self, *faults: Fault) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class PageNotFoundError(NotFoundError):
    """There is no such page in the library: see /library/ for those there are."""

    code = "page_not_found"
