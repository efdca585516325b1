"""A visitor who is not signed in can read everything, and sees why there is no button."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visits import LAB, LIBRARY_PAGE, Service, Visit, opened

pytestmark = pytest.mark.browser

RUN_BUTTON = re.compile("^Run ")


def test_stranger_reads_all_and_runs_nothing(visit: Visit, finished_run: str) -> None:
    page = visit(signed_in=False)
    for address in ("/", "/library/", "/library/concepts/measuring/", "/labs/", finished_run):
        assert opened(page, address).status == 200
    expect(page.locator(".verdict-card")).to_be_visible()
    with page.expect_download():
        page.get_by_role("link", name="See the samples").click()
    for address in (LIBRARY_PAGE, LAB):
        page.goto(address)
        expect(page.locator(".lab-box")).to_contain_text("Only the owner can run labs")
        expect(page.get_by_role("button", name=RUN_BUTTON)).to_have_count(0)


def test_one_time_link_works_once(visit: Visit, service: Service, complaints: list[str]) -> None:
    page = visit(signed_in=False)
    assert opened(page, service.link).status == 403
    expect(page.locator("main")).to_contain_text("for a new one")
    page.goto(LAB)
    expect(page.get_by_role("button", name=RUN_BUTTON)).to_have_count(0)
    assert all("403" in text for text in complaints)
    complaints.clear()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/nothing/", "Page not found"),
        ("/labs/nothing/", "No lab 'nothing'. Available labs: "),
        ("/library/concepts/nothing/", "No such page"),
    ],
)
def test_wrong_address_leads_back(
    visit: Visit, service: Service, complaints: list[str], address: str, sentence: str
) -> None:
    page = visit(signed_in=False)
    assert opened(page, address).status == 404
    expect(page.locator("main")).to_contain_text(sentence)
    page.get_by_role("link", name="Back to the home page").click()
    expect(page).to_have_url(f"{service.url}/")
    assert all("404" in text for text in complaints)
    complaints.clear()
