"""Writes new files without overwriting existing ones."""

from pathlib import Path

from nexus.apps.library.errors import FileExistsAlreadyError, NotWritableError

__all__ = ["refuse_existing", "write"]


def refuse_existing(file: Path) -> None:
    """Raise `FileExistsAlreadyError` if the file exists."""
    if file.exists():
        raise FileExistsAlreadyError(f"{file} already exists; edit it, or use another name.")


def write(file: Path, text: str) -> Path:
    """Write a file, creating its folder if necessary.

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
