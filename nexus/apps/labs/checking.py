"""Checks that labs and their pages match."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django.conf import settings

from nexus.apps.labs.errors import BrokenLabError
from nexus.apps.labs.registry import RegisteredLab, find_lab, lab_slugs
from nexus.apps.library.errors import Fault
from nexus.apps.library.reading import PageText

__all__ = ["check_labs", "lab_faults", "twin_faults", "undecided_faults"]


def check_labs(pages: Iterable[PageText]) -> list[Fault]:
    """Import every lab and return the mismatches between labs and pages."""
    by_key = {page.key: page for page in pages}
    files = sorted(Path(settings.LIBRARY_DIR).glob("*/*/lab.py"))
    with_lab = {"/".join(file.parts[-3:-1]).replace("_", "-") for file in files}
    faults = [
        *twin_faults(files),
        *(
            fault
            for page in by_key.values()
            if page.key not in with_lab
            for fault in undecided_faults(page)
        ),
    ]
    for slug in lab_slugs():
        try:
            registered = find_lab(slug)
        except BrokenLabError as error:
            faults.append(_broken(error.message))
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- a lab's module may raise anything
            path = _shown(next(file for file in files if _slug(file) == slug))
            kind = type(error).__name__
            sentence = f"cannot be imported ({kind}: {error}); fix the error"
            faults.append(Fault(path=path, line=1, sentence=sentence))
        else:
            faults.extend(lab_faults(registered, by_key))
    return faults


def twin_faults(files: Iterable[Path]) -> list[Fault]:
    """Find pages of different kinds with the same name, which is the only name of their labs."""
    files = list(files)
    counts = Counter(_slug(file) for file in files)
    return [
        Fault(
            path=_shown(file),
            line=1,
            sentence=f"there are {counts[_slug(file)]} labs named {_slug(file)!r}; "
            "rename one folder",
        )
        for file in files
        if counts[_slug(file)] > 1
    ]


def undecided_faults(page: PageText) -> Iterator[Fault]:
    """Find claims that no lab can decide, on a page that does not mark them as reported."""
    if page.front.reported is not None:
        return
    for claim in page.claims:
        sentence = (
            f"no lab decides claim {claim.id!r}; write lab.py next to the page, or say in its "
            "front matter, under `reported`, who reports it"
        )
        yield Fault(path=page.path, line=claim.line, sentence=sentence)


def lab_faults(registered: RegisteredLab, pages: Mapping[str, PageText]) -> Iterator[Fault]:
    """Find claims that a lab decides and its page does not make, and vice versa."""
    path = registered.module.replace(".", "/") + ".py"
    page = pages.get(registered.page_key)
    if page is None:
        sentence = "has no readable page; write or fix README.md"
        yield Fault(path=path, line=1, sentence=sentence)
        return
    claims = {claim.id for claim in page.claims}
    decided = [expectation.claim for expectation in registered.lab.expectations]
    for claim_id in decided:
        if claim_id not in claims:
            sentence = (
                f"decides {claim_id!r}, which its page does not claim; add the claim "
                "there or remove the expectation"
            )
            yield Fault(path=path, line=_line(path, claim_id), sentence=sentence)
    if not claims & set(decided):
        sentence = "decides none of its page's claims; add an expectation for one of them"
        yield Fault(path=path, line=1, sentence=sentence)
    for claim in page.claims:
        if claim.id not in decided:
            sentence = (
                f"the page's lab does not decide claim {claim.id!r}; add an expectation in lab.py "
                "or remove the claim"
            )
            yield Fault(path=page.path, line=claim.line, sentence=sentence)
    if not any(block["kind"] == "lab" for block in page.blocks):
        sentence = (
            "the lab cannot be started from this page; add the paragraph [Run the lab](lab.py)"
        )
        yield Fault(path=page.path, line=1, sentence=sentence)


def _line(path: str, claim_id: str) -> int:
    """Return the line of a lab's file that names a claim, or the first."""
    file = Path(settings.LIBRARY_DIR).parent / path
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    quoted = (f'"{claim_id}"', f"'{claim_id}'")
    return next((n for n, line in enumerate(lines, 1) if any(q in line for q in quoted)), 1)


def _broken(message: str) -> Fault:
    """Return the fault for a registry error of the form `path: sentence`."""
    path, _, sentence = message.partition(": ")
    return Fault(path=path, line=1, sentence=sentence)


def _slug(file: Path) -> str:
    return file.parent.name.replace("_", "-")


def _shown(file: Path) -> str:
    return "/".join(("library", *file.parts[-3:]))
