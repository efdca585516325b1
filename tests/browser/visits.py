"""What visitors of the pages do and see: by keyboard, on a phone, and during a run."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from playwright.sync_api import Locator, Page, Response, expect

__all__ = [
    "DESK",
    "LAB",
    "LIBRARY_PAGE",
    "PHONE",
    "RUN_LASTS_MS",
    "Service",
    "Site",
    "Visit",
    "measuring_elsewhere",
    "opened",
    "press_run",
    "sideways",
    "tab_to",
]

DESK = 1280
PHONE = 360
LAB = "/labs/n-plus-one/"
LIBRARY_PAGE = "/library/challenges/n-plus-one/"
# The longest that the quick form may take, by its own plan, including building its data once.
RUN_LASTS_MS = 180_000
_MAX_STOPS = 120

_SEEN = """element => {
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return inside && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running service: its process, address, one-time link, and the folders it uses."""

    pid: int
    url: str
    link: str
    temporary: Path
    home: Path


@dataclass(frozen=True)
class Site:
    """A folder of files that is served, and its origin."""

    folder: Path
    origin: str


class Visit(Protocol):
    """Opens a new browser, empty or signed in, and returns its page."""

    def __call__(
        self,
        *,
        width: int = DESK,
        scheme: Literal["light", "dark"] = "light",
        signed_in: bool = True,
        script: bool = True,
    ) -> Page:
        """Open it."""


def opened(page: Page, address: str) -> Response:
    """Open a URL and return the server's response."""
    answer = page.goto(address)
    assert answer is not None
    return answer


def press_run(page: Page) -> str:
    """Start a quick run from the page of the lab and return the URL of the run."""
    page.goto(LAB)
    page.get_by_role("button", name="Run quick").click()
    expect(page.locator("#run-progress")).to_be_visible()
    return page.url


@contextmanager
def measuring_elsewhere(service: Service) -> Iterator[None]:
    """Hold the machine's measuring lock, as another installation would, so that runs wait."""
    path = service.temporary / "nexus-measuring.lock"
    path.touch(mode=0o644)
    with path.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until `goal` has the focus; the focus must be visible at every stop."""
    wanted = goal.element_handle()
    for _ in range(_MAX_STOPS):
        page.keyboard.press("Tab")
        stop = page.locator(":focus")
        assert stop.evaluate(_SEEN), f"The focus is not to be seen on: {stop.inner_text()}"
        if stop.evaluate("(element, wanted) => element === wanted", wanted):
            return
    raise AssertionError(f"{_MAX_STOPS} Tabs do not lead to {goal}")


def sideways(page: Page) -> int:
    """Return by how many pixels the document is wider than the window."""
    root = page.locator("html")
    return int(root.evaluate("root => root.scrollWidth - root.clientWidth"))
