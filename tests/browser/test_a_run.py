"""The main use of Nexus: read a claim, run its lab, and see the verdict arrive.

This file is the first in the alphabet, so that later tests find a finished run.
"""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import (
    LAB,
    LIBRARY_PAGE,
    RUN_LASTS_MS,
    Service,
    Visit,
    press_run,
    tab_to,
)

pytestmark = pytest.mark.browser

CASES = (10, 50, 200)


def test_walk_from_the_link_to_the_verdict(visit: Visit, service: Service) -> None:
    page = visit()
    page.goto(service.link)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "The backend-engineering handbook that runs"
    )
    page.get_by_role("link", name="N+1 queries").first.click()
    expect(page).to_have_url(f"{service.url}{LIBRARY_PAGE}")
    page.get_by_role("button", name="Run quick").click()
    watch_until_the_verdict(page)
    look_at_the_verdict(page)
    take_the_samples(page)
    expect(page.get_by_label("Command", exact=True)).to_have_text(
        re.compile(r"^nexus run n-plus-one --quick --seed \d+$")
    )
    page.goto(LIBRARY_PAGE)
    for claim in page.locator(".claim-box").all():
        expect(claim.locator(".verdict")).to_have_text(re.compile("supported|refuted|inconclusive"))
        expect(claim.locator(".provenance")).to_have_text(
            re.compile(r"\d+ cores, \d+ GB, .* · (now|.* ago)")
        )


def watch_until_the_verdict(page: Page) -> None:
    step, progress = page.locator(".step"), page.get_by_role("progressbar")
    page.evaluate("document.stayed = true")
    page.locator("#cancel-run").focus()
    for _ in range(2):
        seen = step.inner_text()
        expect(step).not_to_have_text(seen, timeout=RUN_LASTS_MS)
    expect(progress).not_to_have_js_property("value", 0)
    expect(page.locator("#cancel-run")).to_be_focused()
    expect(page.locator(".verdict-card")).to_be_visible(timeout=RUN_LASTS_MS)
    assert page.evaluate("document.stayed")
    verdict = page.locator(".overall .verdict").inner_text().split()[-1]
    expect(page.get_by_role("status")).to_contain_text(f"Verdict: {verdict}.")
    expect(page).to_have_title(re.compile(f"^{verdict.capitalize()}: "))
    # The focused button is gone: the verdict has the focus now.
    expect(page.locator("#run-ended")).to_be_focused()
    # The parts after the verdict have been updated too.
    expect(page.get_by_role("heading", name="The evidence")).to_be_visible()
    expect(page.locator("table.runs tbody tr").first).to_contain_text(verdict)


def look_at_the_verdict(page: Page) -> None:
    plot = page.locator(".plot").first
    expect(plot.get_by_role("img")).to_have_accessible_name(re.compile("lazy 21 at page size 10"))
    plot.get_by_text("The data as a table").click()
    rows = plot.locator("tbody tr")
    # Listing N rows lazily costs 1 + 2N queries, eagerly 2: the claims of the page.
    for case, row in zip(CASES, rows.all(), strict=True):
        expect(row).to_have_text(re.compile(rf"page size {case}\s*{1 + 2 * case}\s*2"))


def take_the_samples(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="See the samples").click()
    with download.value.path().open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"lazy", "eager"} == {row["variant"] for row in rows}


def test_walk_by_keyboard_alone(visit: Visit, finished_run: str) -> None:
    page = visit()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    tab_to(page, page.locator("main").get_by_role("link", name="N+1 queries").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("N+1 queries")
    tab_to(page, page.get_by_role("button", name="Run quick"))
    page.keyboard.press("Space")
    cancel_by_keyboard(page)
    tab_to(page, page.get_by_role("link", name="Back to the lab"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="See the run"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(finished_run)
    read_by_keyboard(page)


def cancel_by_keyboard(page: Page) -> None:
    cancel = page.get_by_role("button", name="Cancel this run")
    tab_to(page, cancel)
    for _ in range(2):
        seen = page.locator(".step").inner_text()
        expect(page.locator(".step")).not_to_have_text(seen, timeout=RUN_LASTS_MS)
        expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#run-ended")).to_contain_text("The run was cancelled")


def read_by_keyboard(page: Page) -> None:
    fold = page.get_by_text("The data as a table").first
    tab_to(page, fold)
    page.keyboard.press("Space")
    expect(page.locator(".plot table").first).to_be_visible()
    # An open table can have the focus: in a narrow window the arrow keys scroll it.
    tab_to(page, page.locator(".plot .scroll").first)
    with page.expect_download():
        tab_to(page, page.get_by_role("link", name="See the samples"))
        page.keyboard.press("Enter")


def test_every_stop_of_the_keyboard_is_visible(visit: Visit, finished_run: str) -> None:
    page = visit()
    for address in ("/", LIBRARY_PAGE, LAB, finished_run):
        page.goto(address)
        tab_to(page, page.locator("a").last)


def test_second_run_waits_until_the_first_is_cancelled(visit: Visit) -> None:
    first, second = visit(), visit()
    press_run(first)
    expect(first.locator(".step")).not_to_contain_text("Waiting", timeout=RUN_LASTS_MS)
    press_run(second)
    expect(second.locator(".step")).to_have_text("Queued: 1 run ahead.")
    first.get_by_role("button", name="Cancel this run").click()
    expect(first.locator("#run-ended")).to_contain_text("The run was cancelled")
    expect(second.locator(".step")).not_to_contain_text("Waiting")
    second.get_by_role("button", name="Cancel this run").click()
    expect(second.locator("#run-ended")).to_contain_text("The run was cancelled")
