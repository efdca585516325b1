"""The labs of this installation: each `lab.py` in a page's folder of the library."""

import hashlib
import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from nexus.apps.labs.errors import BrokenLabError, LabNotFoundError
from nexus.apps.library.reading.front_matter import split
from nexus.engines.experiment import Lab, LabError

__all__ = ["RegisteredLab", "all_labs", "current_lab_slug", "find_lab", "lab_slugs"]


@dataclass(frozen=True)
class RegisteredLab:
    """A lab and its page."""

    slug: str
    page_key: str
    module: str
    lab: Lab

    @property
    def path(self) -> str:
        """The path of the lab's file in the repository."""
        return self.module.replace(".", "/") + ".py"

    @property
    def code_digest(self) -> str:
        """The digest of the lab's code: all Python files in its folder."""
        digest = hashlib.sha256()
        for file in sorted(Path(settings.BASE_DIR, self.path).parent.glob("*.py")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        return digest.hexdigest()[:16]


@cache
def _modules() -> dict[str, Path]:
    """Return the file of every lab by its slug, without importing any."""
    files = Path(settings.LIBRARY_DIR).glob("*/*/lab.py")
    return dict(sorted((file.parent.name.replace("_", "-"), file) for file in files))


def lab_slugs() -> list[str]:
    """Return the name of every lab, without importing any."""
    return list(_modules())


def all_labs() -> list[RegisteredLab]:
    """Return every lab, by slug. Raises `BrokenLabError` if one cannot be used."""
    return [find_lab(slug) for slug in lab_slugs()]


@cache
def find_lab(slug: str) -> RegisteredLab:
    """Import and check one lab.

    Raises `LabNotFoundError` if there is none of that name, and `BrokenLabError` with the file and
    the error if it cannot be used.
    """
    file = _modules().get(slug)
    if file is None:
        known = ", ".join(_modules())
        current = current_lab_slug(slug)
        hint = f" It is now called {current}." if current else ""
        raise LabNotFoundError(f"No lab {slug!r}.{hint} Available labs: {known}.")
    kind, name = file.parts[-3:-1]
    module = f"library.{kind}.{name}.lab"
    path = f"library/{kind}/{name}/lab.py"
    try:
        lab = getattr(importlib.import_module(module), "lab", None)
        if not isinstance(lab, Lab):
            raise LabError("defines no `lab`; add `lab = Comparison(…)` or `lab = Trials(…)`.")  # noqa: TRY301 -- one place formats the error
        lab.check()
    except (LabError, ImportError, SyntaxError) as error:
        raise BrokenLabError(f"{path}: {error}") from error
    return RegisteredLab(slug, f"{kind}/{name}".replace("_", "-"), module, lab)


def current_lab_slug(slug: str) -> str:
    """Return the current slug of the lab formerly called `slug`, or "" if there is none."""
    for current, file in _modules().items():
        page = file.with_name("README.md")
        front = split(page.read_text("utf-8-sig")).front if page.is_file() else None
        if front and any(key.endswith(f"/{slug}") for key in front.formerly):
            return current
    return ""
