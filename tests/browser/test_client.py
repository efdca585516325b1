"""The example client: its types match the OpenAPI document, and a user buys something with it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NOT_OF_A_NEW_USER
from tests.browser.visits import DESK, PHONE, Service, Site
from tests.support.embedded import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.npm]

CLIENT = Path("examples/client")
DOCUMENT = Path("documentation/api/openapi.yaml")
TYPES = Path("src/schema.d.ts")
HOME = {
    "Name": "Ada",
    "Street": "Harbour 1",
    "City": "Porto",
    "Country, as two letters": "PT",
}


@dataclass(frozen=True)
class Shop:
    """The URL of the client's page, and a user who can log in there."""

    address: str
    email: str
    password: str


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the client next to a copy of the OpenAPI document, and install its dependencies."""
    root = tmp_path_factory.mktemp("repository")
    left_out = shutil.ignore_patterns("node_modules", "main.js")
    shutil.copytree(ROOT / CLIENT, root / CLIENT, ignore=left_out)
    (root / DOCUMENT).parent.mkdir(parents=True)
    shutil.copy(ROOT / DOCUMENT, root / DOCUMENT)
    npm(root / CLIENT, "ci")
    return root / CLIENT


def npm(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["npm", "--silent", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def nexus(service: Service, *arguments: str) -> str:
    """Run a command of Nexus on the service's data and return its output."""
    environment = {k: v for k, v in os.environ.items() if k not in NOT_OF_A_NEW_USER}
    environment |= {"NEXUS_HOME": str(service.home), "TMPDIR": str(service.temporary)}
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "manage", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_types_are_those_of_the_document(client: Path) -> None:
    npm(client, "run", "types")

    written, made = (folder / TYPES for folder in (ROOT / CLIENT, client))
    assert written.read_text("utf-8") == made.read_text("utf-8"), "Run `just types`."


def test_the_code_fits_the_types(client: Path) -> None:
    npm(client, "run", "check")


@pytest.fixture(scope="module")
def shop(client: Path, client_site: Site, service: Service) -> Shop:
    """Build the client and fill the shop."""
    npm(client, "run", "build")
    shutil.copytree(client / "public", client_site.folder, dirs_exist_ok=True)
    told = nexus(service, "demo", "--size", "small").split()
    return Shop(
        address=f"{client_site.origin}/?server={service.url}",
        email=next(word for word in told if word.startswith("learner@")),
        password=told[-1],
    )


@pytest.fixture(params=[DESK, PHONE])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a browser; any complaint fails the test."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_a_person_buys_something(page: Page, shop: Shop, service: Service) -> None:
    page.goto(shop.address)
    expect(page.locator("#products li")).to_have_count(12)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#products li")).to_have_count(24)

    page.get_by_label("E-mail").fill(shop.email)
    page.get_by_label("Password").fill(shop.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#status")).to_have_text("You are logged in.")
    name = page.locator("#products li").first.inner_text().split(",")[0]
    page.get_by_role("button", name=f"Add {name} to the cart").click()
    expect(page.locator("#status")).to_have_text(f"{name} is in your cart.")
    expect(page.locator("#lines")).to_contain_text(name)
    for label, value in HOME.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Order", exact=True).click()
    expect(page.locator("#state")).to_contain_text("pending payment")
    number = page.locator("#state").inner_text().split(":")[0].removeprefix("Order ")
    assert "paid" in nexus(service, "sandbox_pay", number)
    expect(page.locator("#state")).to_have_text(f"Order {number}: paid")

    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#status")).to_have_text("You are logged out.")
