"""A waiting run that is cancelled: with script, without script, and seen from another window."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import LAB, LIBRARY_PAGE, Service, Visit, measuring_elsewhere

pytestmark = pytest.mark.browser


def test_waiting_run_says_so_and_keeps_the_focus_while_it_polls(waiting_run: Page) -> None:
    expect(waiting_run.locator(".step")).to_have_text("Queued.")
    cancel = waiting_run.get_by_role("button", name="Cancel this run")
    cancel.focus()
    cancel.evaluate("button => { button.stayed = true; }")
    for _ in range(3):
        with waiting_run.expect_response("**/progress/"):
            pass
    expect(cancel).to_be_focused()
    # The same button, not a replacement, which would lose the focus of a screen reader.
    assert cancel.evaluate("button => button.stayed")


def test_cancel_in_another_window_is_announced_in_place(waiting_run: Page, visit: Visit) -> None:
    other = visit()
    other.goto(waiting_run.url)
    waiting_run.locator("#cancel-run").focus()
    other.get_by_role("button", name="Cancel this run").click()
    expect(other.locator("#run-ended")).to_contain_text("No verdict was stored")
    expect(waiting_run.locator("#run-ended")).to_be_focused()
    expect(waiting_run.get_by_role("status")).to_have_text("The run was cancelled.")


def test_lost_server_is_shown_until_it_responds_again(
    waiting_run: Page, complaints: list[str]
) -> None:
    told = waiting_run.get_by_text("Nexus is not responding.")
    expect(told).to_be_hidden()
    waiting_run.route("**/progress/", lambda route: route.abort())
    expect(told).to_be_visible()
    waiting_run.unroute("**/progress/")
    expect(told).to_be_hidden()
    assert all("Failed to load resource" in text or "fetch" in text for text in complaints)
    complaints.clear()


def test_everything_works_without_script(visit: Visit, service: Service) -> None:
    page = visit(script=False)
    page.goto(LIBRARY_PAGE)
    expect(page.get_by_role("heading", name="The claims")).to_be_visible()
    expect(page.locator(".code-panes").first).to_contain_text("def lazy")
    with measuring_elsewhere(service):
        page.goto(LAB)
        page.get_by_role("button", name="Run quick").click()
        expect(page.locator(".step")).to_have_text("Queued.")
        with page.expect_event("framenavigated"):
            pass  # the page polls
        page.get_by_role("button", name="Cancel this run").click()
        expect(page.locator("#run-ended")).to_contain_text("The run was cancelled")
        expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
