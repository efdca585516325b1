"""Holds labs against the pages they stand beside."""

from collections.abc import Mapping

from nexus.apps.labs.errors import BrokenLabError
from nexus.apps.labs.registry import find_lab, lab_slugs

__all__ = ["check_labs"]


def check_labs(claims: Mapping[str, str]) -> list[str]:
    """Give a sentence for each fault; `claims` maps each claim made in the library to its page."""
    faults: list[str] = []
    for slug in lab_slugs():
        try:
            registered = find_lab(slug)
        except BrokenLabError as error:
            faults.append(error.message)
            continue
        file = registered.module.replace(".", "/") + ".py"
        faults.extend(
            f"{file}: decides {expectation.claim!r}, which the page beside it does not claim; "
            "make the claim there or take the expectation out."
            for expectation in registered.lab.expectations
            if claims.get(expectation.claim) != registered.page_key
        )
    return faults
