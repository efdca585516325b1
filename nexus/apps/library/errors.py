"""What can be wrong with a page, and with asking for one."""

from dataclasses import dataclass

from nexus.core.errors import ConflictError, NexusError, NotFoundError

__all__ = [
    "BadNameError",
    "CheckingError",
    "ClaimNotFoundError",
    "Fault",
    "FileExistsAlreadyError",
    "LibraryError",
    "NoLibraryError",
    "NotWritableError",
    "PageNotFoundError",
]


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


class ClaimNotFoundError(NotFoundError):
    """There is no such claim in the library: see /claims/ for those there are."""

    code = "claim_not_found"


class NoLibraryError(NexusError):
    """There is no library where it should be: put the folder `library` back."""

    code = "no_library"


class CheckingError(NexusError):
    """The library could not be checked."""

    code = "checking_failed"


class BadNameError(ConflictError):
    """A page cannot have this name: use small letters, digits and hyphens."""

    code = "bad_name"


class FileExistsAlreadyError(ConflictError):
    """There is such a file already, and it is not written over."""

    code = "file_exists"


class NotWritableError(NexusError):
    """The library cannot be written to: check who owns its folder."""

    code = "not_writable"
