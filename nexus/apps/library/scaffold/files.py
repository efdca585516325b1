"""Writes new files, and never over others."""

from pathlib import Path

from nexus.apps.library.errors import FileExistsAlreadyError, NotWritableError

__all__ = ["refuse_existing", "write"]


def refuse_existing(file: Path) -> None:
    """Raise `FileExistsAlreadyError` when there is such a file."""
    if file.exists():
        raise FileExistsAlreadyError(f"There is {file} already; edit it, or take another name.")


def write(file: Path, text: str) -> Path:
    """Write a file, with its folder where that is missing.

    Raises `NotWritableError`.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise NotWritableError(
            f"{file} cannot be written ({error.strerror}); check who owns its folder.",
        ) from error
    return file
