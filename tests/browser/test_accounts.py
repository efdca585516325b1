"""An account from sign-up to deletion: on a phone, by keyboard, with script off."""

import email
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_looks import check
from tests.browser.visits import PHONE, Service, Visit, opened, sideways, tab_to
from tests.support.accounts import App, Clock
from tests.support.waiting import until

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "ada@example.org", "correct horse battery"


def mailed_link(service: Service, subject: str) -> str:
    """Return the link in a mail once the worker has written it."""

    def mails() -> list[str]:
        files = sorted(Path(service.home, "mail").glob("*.log"))
        texts = [text for file in files for text in file.read_text("utf-8").split(f"{'-' * 79}\n")]
        return [text for text in texts if f"Subject: {subject}" in text]

    found = until(mails)
    assert found, f"No mail with the subject {subject}."
    parts = email.message_from_string(found[0]).walk()
    plain = next(part for part in parts if part.get_content_type() == "text/plain")
    (link,) = re.findall(r"http://\S+", str(plain.get_payload()))
    return str(link)


def fill(page: Page, button: str, **fields: str) -> None:
    """Fill fields by their names and press a button, all by keyboard."""
    for name, text in fields.items():
        field = page.locator(f"main [name={name}]")
        tab_to(page, field)
        page.keyboard.type(text)
    pressed = page.get_by_role("main").get_by_role("button", name=button, exact=True)
    tab_to(page, pressed)
    page.keyboard.press("Enter")


def test_the_walk_of_an_account(visit: Visit, service: Service, complaints: list[str]) -> None:
    page = visit(width=PHONE, signed_in=False, script=False)
    page.goto("/account/sign-up/")
    fill(page, "Sign up", name="Ada", email=EMAIL, password=PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    opened(page, mailed_link(service, "Verify your email address for Nexus"))
    fill(page, "Verify")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your email address is verified")

    page.get_by_role("main").get_by_role("link", name="Log in").click()
    fill(page, "Log in", email=EMAIL, password="wrong")
    expect(page.get_by_role("alert")).to_contain_text("Wrong email address or password")
    page.goto("/account/log-in/")
    fill(page, "Log in", email=EMAIL, password=PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")

    page.get_by_role("link", name="Set up").click()
    expect(page.get_by_role("img", name="The secret as a QR code")).to_be_visible()
    app = App(page.locator(".secret").inner_text(), Clock(int(time.time()) // 30))
    fill(page, "Turn on", code=app.code(), password=PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-factor authentication is on")
    assert sideways(page) <= 0
    recovery = page.locator(".codes code").first.inner_text()

    page.goto("/account/")
    fill(page, "Log out")
    page.goto("/account/log-in/?next=/labs/")
    fill(page, "Log in", email=EMAIL, password=PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-factor authentication")
    fill(page, "Log in", code=recovery)
    expect(page).to_have_url(f"{service.url}/labs/")

    page.goto("/account/")
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download your data").click()
    assert EMAIL in downloaded.value.path().read_text("utf-8")
    page.get_by_role("link", name="Delete your account").click()
    fill(page, "Delete account", password=PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is deleted")
    assert all("400" in text for text in complaints)
    complaints.clear()


def test_a_refused_form_has_no_fault(visit: Visit, complaints: list[str]) -> None:
    page = visit(signed_in=False)
    page.goto("/account/sign-up/")
    page.get_by_label("Email address").fill("nobody")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Enter a valid email address.")).to_be_visible()
    described = page.get_by_label("Email address").get_attribute("aria-describedby")
    assert described is not None
    expect(page.locator(f"#{described.split()[-1]}")).to_contain_text("valid email")
    check(page)
    assert all("400" in text for text in complaints)
    complaints.clear()


def test_a_program_is_let_in_and_gets_its_code(visit: Visit, complaints: list[str]) -> None:
    page = visit()
    page.route("http://127.0.0.1:5000/**", lambda route: route.fulfill(body="The program."))
    page.goto(
        "/account/authorize/?response_type=code&redirect_uri=http://127.0.0.1:5000/done&state=x"
        f"&code_challenge_method=S256&code_challenge={'a' * 43}"
    )
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("http://127.0.0.1:5000/done?code=*&state=x")
    assert all("http://127.0.0.1:5000/done?code=" in text for text in complaints)
    complaints.clear()
