"""Errors of pages, and of requests for pages."""

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
    """One fault in a file of the library: its place, what is wrong, and the remedy."""

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
    """No such page. See /library/ for all pages."""

    code = "page_not_found"


class ClaimNotFoundError(NotFoundError):
    """No such claim. See /claims/ for all claims."""

    code = "claim_not_found"


class NoLibraryError(NexusError):
    """The `library` folder is missing. Restore it."""

    code = "no_library"


class CheckingError(NexusError):
    """The library could not be checked."""

    code = "checking_failed"


class BadNameError(ConflictError):
    """Invalid page name. Use lowercase letters, digits and hyphens."""

    code = "bad_name"


class FileExistsAlreadyError(ConflictError):
    """The file already exists and was not overwritten."""

    code = "file_exists"


class NotWritableError(NexusError):
    """The library is not writable. Check the owner of its folder."""

    code = "not_writable"
