"""A first-time reader: search, read, follow a claim to its run, check it, compare it."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import (
    DESK,
    LAB,
    LIBRARY_PAGE,
    PHONE,
    Service,
    Visit,
    sideways,
    tab_to,
)

pytestmark = pytest.mark.browser

VERDICT = re.compile("supported|refuted|inconclusive")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.usefixtures("finished_run")
def test_walk_of_a_first_time_reader(
    visit: Visit, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = visit(width=width, scheme=scheme, signed_in=False)

    def look(name: str) -> None:
        assert sideways(page) <= 0, name
        # Left in pytest's temporary folder, for inspection after a failure.
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)

    page.goto("/")
    look("1-home")
    page.get_by_role("searchbox", name="Search the library").fill("n+1 quries")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Did you mean")).to_be_visible()
    look("2-search")
    page.locator(".hits").get_by_role("link", name="N+1 queries").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("N+1 queries")
    expect(page.locator(".claim-box .verdict").first).to_have_text(VERDICT)
    look("3-page")
    page.get_by_label("About this page").get_by_role("link", name="Listing products").click()
    expect(page).to_have_url(re.compile(f"{LAB}$"))
    look("4-lab")
    page.get_by_role("link", name="See the run").click()
    expect(page.locator(".overall .verdict")).to_have_text(VERDICT)
    expect(page.get_by_role("heading", name="The evidence")).to_be_visible()
    look("5-run")
    page.get_by_label("Site").get_by_role("link", name="Claims").click()
    page.get_by_label("Claims by state").get_by_role("link", name="reported").click()
    expect(page.locator(".claims .verdict").first).to_have_text(re.compile("reported"))
    look("6-claims")


def test_code_is_copied_without_its_numbers(visit: Visit) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/source/library/challenges/n_plus_one/lab.py")
    page.get_by_role("button", name="Copy Source of").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == Path("library/challenges/n_plus_one/lab.py").read_text("utf-8")


def test_code_of_a_page_is_copied(visit: Visit) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(LIBRARY_PAGE)
    button = page.get_by_role("button", name=re.compile("^Copy Code: Two queries"))
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("def eager(")
    assert "prefetch_related" in copied


def test_heading_has_a_link_for_the_mouse_and_the_keyboard(visit: Visit) -> None:
    page = visit()
    page.goto(LIBRARY_PAGE)
    link = page.get_by_role("link", name="Link to: When not to")
    expect(link).to_have_css("opacity", "0")
    page.get_by_role("heading", name="When not to").hover()
    expect(link).to_have_css("opacity", "1")
    page.mouse.move(0, 0)
    tab_to(page, link)
    expect(link).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#when-not-to$"))


def test_code_leads_to_its_line_in_the_source(visit: Visit) -> None:
    page = visit()
    page.goto(LIBRARY_PAGE)
    page.get_by_role("link", name="lab.py · eager").click()
    line = page.locator("#anchor-eager")
    expect(line).to_be_in_viewport()
    expect(line).to_contain_text("# anchor: eager")
    expect(line).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")


@pytest.mark.parametrize("script", [True, False])
def test_two_runs_are_compared(
    visit: Visit, service: Service, comparison: str, *, script: bool
) -> None:
    page = visit(script=script, signed_in=False)
    page.goto(LAB)
    page.get_by_role("button", name="Compare two runs").click()
    ids = [
        page.get_by_role("link", name=re.compile("^Run [0-9a-f]{8}$")).nth(place)
        for place in range(2)
    ]
    assert {link.get_attribute("href") for link in ids} == compared(comparison)
    rows = page.locator(".compared tbody tr")
    expect(rows.filter(has_text="Eager loading lists a page in two")).to_have_count(1)
    # Queries are counted exactly: two claims in three cases.
    expect(rows.filter(has_text="equal")).to_have_count(6)
    expect(page.get_by_role("row", name="postgresql.fsync on on")).to_be_visible()
    assert page.url.startswith(service.url)


def compared(address: str) -> set[str | None]:
    """Return the addresses of the two runs that a comparison names."""
    return {f"/runs/{run_id}/" for run_id in re.findall(r"(?:first|second)=([^&]+)", address)}


def test_map_of_topics_leads_to_pages(visit: Visit) -> None:
    page = visit(signed_in=False)
    page.goto("/library/")
    page.get_by_role("link", name="map of topics").click()
    page.get_by_role("navigation", name="Topics").get_by_role("link", name="concurrency").click()
    expect(page.locator("#topic-concurrency")).to_be_in_viewport()
    region = page.get_by_role("region", name="concurrency", exact=True)
    region.get_by_role("link", name="Overselling").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overselling")


def test_everything_can_be_read_without_script(visit: Visit) -> None:
    page = visit(script=False, signed_in=False)
    for address in ("/topics/", "/labs/", "/claims/?state=reported", "/source/nexus/web/urls.py"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(LIBRARY_PAGE)
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    expect(page.get_by_role("link", name="Link to: When not to")).to_have_count(1)


def test_printed_run_shows_all_its_tables(visit: Visit, finished_run: str) -> None:
    page = visit()
    page.goto(finished_run)
    page.emulate_media(media="print")
    for name in ("Every expectation", "Counts", "Times"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    assert_no_cut(page)


def assert_no_cut(page: Page) -> None:
    """Check that no table is wider than a printed page."""
    page.set_viewport_size({"width": 700, "height": 1000})
    cut = page.locator(".scroll").evaluate_all(
        """boxes => boxes
          .filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
          .map(box => box.getAttribute("aria-label"))"""
    )
    assert cut == []
