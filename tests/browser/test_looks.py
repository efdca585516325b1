"""Every kind of page on a desktop, on a phone, in dark mode, printed, and checked by axe."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

import psutil
import pytest
from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]  # it has no types
    Axe,
)
from playwright.sync_api import Page, expect

from tests.browser.visits import (
    DESK,
    LAB,
    LIBRARY_PAGE,
    PHONE,
    RUN_LASTS_MS,
    Service,
    Visit,
    opened,
    press_run,
    sideways,
)
from tests.support.waiting import until

pytestmark = pytest.mark.browser


PAGES = {
    "home": "/",
    "library": "/library/",
    "challenge": LIBRARY_PAGE,
    "other challenge": "/library/challenges/overselling/",
    "concept": "/library/concepts/measuring/",
    "resource": "/library/resources/concurrency-control/",
    "claims": "/claims/",
    "search": "/search?q=lock",
    "search corrected": "/search?q=quries",
    "search without hits": "/search?q=qqqqqqqq",
    "topics": "/topics/",
    "labs": "/labs/",
    "lab": LAB,
    "account": "/account/",
    "log in": "/account/log-in/",
    "sign up": "/account/sign-up/",
    "reset": "/account/reset/",
    "reset confirmed": "/account/reset/confirm/?token=1.x-y",
    "change of password": "/account/password/",
    "change of address": "/account/email/",
    "second factor": "/account/second-factor/",
    "deletion": "/account/delete/",
    "program": "/account/authorize/?response_type=code&redirect_uri=http://127.0.0.1:5000/"
    "&code_challenge_method=S256&code_challenge=1234567890123456789012345678901234567890123",
    "source": "/source/library/challenges/n_plus_one/lab.py",
    "source of a page": "/source/library/challenges/n_plus_one/README.md",
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
# WCAG 2.2, 2.5.8: the minimum size of a target, except links within a sentence.
MIN_TARGET = 24
# The size that most guides require for a button on a touch screen.
THUMB = 44


def check(page: Page) -> None:
    """Check both widths and schemes for faults and for horizontal scrolling."""
    axe = Axe()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": 800})
            found = axe.run(page, options=RULES).response["violations"]
            assert [(fault["help"], fault["nodes"][0]["html"]) for fault in found] == []
            assert sideways(page) <= 0


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES.keys())
@pytest.mark.usefixtures("finished_run")
def test_page_has_no_fault(visit: Visit, address: str) -> None:
    page = visit()
    page.goto(address)
    check(page)


def test_waiting_run_has_no_fault(waiting_run: Page) -> None:
    check(waiting_run)


def test_verdict_has_no_fault_with_everything_unfolded(visit: Visit, finished_run: str) -> None:
    page = visit()
    page.goto(finished_run)
    for fold in page.locator("summary").all():
        fold.click()
    expect(page.locator("details:not([open])")).to_have_count(0)
    check(page)


@pytest.mark.parametrize("address", ["/nothing/", "/enter/used-already/", "/runs/compare/"])
def test_error_has_no_fault(visit: Visit, complaints: list[str], address: str) -> None:
    page = visit(signed_in=False)
    answer = opened(page, address)
    assert answer.status in {403, 404}
    check(page)
    assert all(str(answer.status) in text for text in complaints)
    complaints.clear()


def test_failed_run_has_no_fault(visit: Visit, service: Service) -> None:
    page = visit()
    press_run(page)
    expect(page.locator(".step")).not_to_contain_text("Waiting", timeout=RUN_LASTS_MS)
    kill_the_lab(service)
    expect(page.locator("#run-ended")).to_contain_text("The run failed.")
    check(page)


def kill_the_lab(service: Service) -> None:
    """Kill the process that executes the run."""
    # The run is shown as started a moment before its process starts.
    (lab,) = until(lambda: list(labs_of(service)))
    lab.kill()


def labs_of(service: Service) -> Iterator[psutil.Process]:
    """Return the processes that execute runs."""
    for process in psutil.Process(service.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "nexus.apps.labs.running.run_process" in process.cmdline():
                yield process


def test_comparison_has_no_fault(visit: Visit, comparison: str) -> None:
    page = visit()
    page.goto(comparison)
    expect(page.get_by_role("heading", name="Two runs compared")).to_be_visible()
    check(page)


def test_walk_on_a_phone(visit: Visit, finished_run: str, waiting_run: Page) -> None:
    page = visit(width=PHONE)
    page.goto("/")
    page.get_by_role("link", name="N+1 queries").first.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("N+1 queries")
    page.get_by_role("button", name="Run quick").tap()
    # The run that already waits goes first.
    expect(page.locator(".step")).to_have_text("Queued: 1 run ahead.")
    assert sideways(page) <= 0
    page.get_by_role("button", name="Cancel this run").tap()
    expect(page.locator("#run-ended")).to_contain_text("The run was cancelled")
    page.goto(finished_run)
    page.get_by_text("The data as a table").first.tap()
    expect(page.locator(".plot table").first).to_be_visible()
    assert waiting_run.url != page.url


def test_targets_on_a_phone_are_large_enough(visit: Visit, finished_run: str) -> None:
    page = visit(width=PHONE)
    for address in (LAB, finished_run):
        page.goto(address)
        for target in page.locator("button, summary, header a").all():
            box = target.bounding_box()
            assert box is not None
            least = THUMB if target.evaluate("e => e.localName") == "button" else MIN_TARGET
            assert (box["height"] >= least, box["width"] >= MIN_TARGET) == (True, True)


def test_dark_is_dark(visit: Visit) -> None:
    ink, paper = colours(visit(scheme="dark"))
    assert ink > paper
    ink, paper = colours(visit(scheme="light"))
    assert ink < paper


def colours(page: Page) -> tuple[int, int]:
    """Return the sums of red, green and blue of the text and of its background."""
    page.goto("/")
    found = page.locator("body").evaluate(
        "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    )
    ink, paper = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in found)
    return ink, paper


def test_printed_verdict_is_complete(visit: Visit, finished_run: str) -> None:
    page = visit(scheme="dark")
    page.goto(finished_run)
    page.evaluate(
        """addEventListener("beforeprint", () => {
          document.folded = document.querySelectorAll("details:not([open])").length;
        })"""
    )
    assert page.pdf().startswith(b"%PDF-")
    assert page.evaluate("document.folded") == 0
    expect(page.locator("details[open]")).to_have_count(0)
    page.emulate_media(media="print")
    expect(page.locator(".verdict-card .effect").first).to_be_visible()
    for nav in page.locator(".site-header nav").all():
        expect(nav).to_be_hidden()
    white = "rgb(255, 255, 255)"
    assert white == page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
