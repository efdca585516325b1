"""The real service, started as a new user would, and a real browser that reports every fault."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import psutil
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    StorageState,
    WebError,
    expect,
    sync_playwright,
)

from tests.browser.visits import (
    DESK,
    LAB,
    PHONE,
    RUN_LASTS_MS,
    Service,
    Site,
    Visit,
    measuring_elsewhere,
    press_run,
)
from tests.conftest import CHROMIUMS
from tests.support.embedded import ROOT, await_end, left_behind
from tests.support.servers import free_port

# The environment of the tests, which a new user does not have.
NOT_OF_A_NEW_USER = (
    "DATABASE_URL",
    "CACHE_URL",
    "BROKER_URL",
    "SECRET_KEY",
    "NEXUS_EMBEDDED",
    "DJANGO_SETTINGS_MODULE",
)
# Offer log-in by a provider, so that its button is shown; the provider does not exist.
OFFERED = {"GITHUB_CLIENT_ID": "nexus", "GITHUB_CLIENT_SECRET": "none"}
CHROMIUM_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
END_S = 60
# A generous timeout for busy machines; a condition that already holds does not wait.
WAIT_MS = 20_000


@pytest.fixture(scope="package")
def client_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a front end's folder, at another origin than the service's."""
    folder = tmp_path_factory.mktemp("client")
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SilentHandler, directory=str(folder))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


class SilentHandler(SimpleHTTPRequestHandler):
    """Logs no requests."""

    def log_message(self, *_of: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory, client_site: Site) -> Iterator[Service]:
    """Start `nexus serve` and stop it with Ctrl-C, after which nothing of it may be left."""
    home = tmp_path_factory.mktemp("home")
    temporary = tmp_path_factory.mktemp("temporary")
    environment = {k: v for k, v in os.environ.items() if k not in NOT_OF_A_NEW_USER}
    # Its own temporary folder has its own measuring lock, which the tests may hold.
    environment |= {"NEXUS_HOME": str(home), "TMPDIR": str(temporary), **OFFERED}
    environment["NEXUS_CORS_ORIGINS"] = client_site.origin
    port = free_port()
    complaints = temporary / "stderr"
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "nexus.cli", "serve", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
            cwd=ROOT,
            text=True,
        )
    try:
        link = _printed_link(process, complaints)
        yield Service(
            pid=process.pid,
            url=f"http://127.0.0.1:{port}",
            link=link,
            temporary=temporary,
            home=home,
        )
    finally:
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        code = process.wait(END_S)
        assert process.stdout is not None
        process.stdout.close()
    await_end(home)
    assert (code, [p for p in family if p.is_running()], left_behind(home)) == (0, [], [])


def _printed_link(process: "subprocess.Popen[str]", complaints: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "/enter/" in line:
            return line.strip()
    raise AssertionError(f"The service ended without a link: {complaints.read_text('utf-8')}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start Chromium. Django's database refuses its event loop, which ends with this folder."""
    expect.set_options(timeout=WAIT_MS)
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)))
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=chromium,
            args=list(CHROMIUM_OPTIONS),
        )
        yield found
        found.close()


@pytest.fixture(scope="package")
def owner_state(browser: Browser, service: Service) -> StorageState:
    """Open the one-time link and return the cookies of the user that it signs in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(service.link)
    expect(page).to_have_url(f"{service.url}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def complaints() -> list[str]:
    """Return the list of the browser's complaints, which must be empty when the test ends."""
    return []


@pytest.fixture
def visit(
    browser: Browser,
    service: Service,
    owner_state: StorageState,
    complaints: list[str],
) -> Iterator[Visit]:
    """Open browsers; a console message, a script error or a request elsewhere fails the test."""
    contexts: list[BrowserContext] = []

    def open_browser(
        *,
        width: int = DESK,
        scheme: Literal["light", "dark"] = "light",
        signed_in: bool = True,
        script: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=service.url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            has_touch=width <= PHONE,
            java_script_enabled=script,
            storage_state=owner_state if signed_in else None,
        )
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        _listen(context, service, complaints)
        return context.new_page()

    yield open_browser
    for context in contexts:
        context.close()
    assert complaints == []


def _listen(context: BrowserContext, service: Service, complaints: list[str]) -> None:
    def note_console(message: ConsoleMessage) -> None:
        # A violation of the content security policy is such a message, too.
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def note_error(error: WebError) -> None:
        complaints.append(str(error.error))

    def note_request(request: Request) -> None:
        if not request.url.startswith((f"{service.url}/", "data:")):
            complaints.append(f"a request to {request.url}")

    context.on("console", note_console)
    context.on("weberror", note_error)
    context.on("request", note_request)


@pytest.fixture
def waiting_run(visit: Visit, service: Service) -> Iterator[Page]:
    """Return the page of a run that waits, because the machine is measuring elsewhere."""
    with measuring_elsewhere(service):
        page = visit()
        address = press_run(page)
        yield page
        page.goto(address)
        cancel = page.get_by_role("button", name="Cancel this run")
        if cancel.is_visible():
            cancel.click()
        expect(page.locator("#run-ended")).to_be_visible()


@pytest.fixture(scope="package")
def comparison(
    browser: Browser, service: Service, owner_state: StorageState, finished_run: str
) -> str:
    """Return the URL that compares the finished run with a second one."""
    context = browser.new_context(base_url=service.url, storage_state=owner_state)
    page = context.new_page()
    press_run(page)
    expect(page.locator(".verdict-card")).to_be_visible(timeout=RUN_LASTS_MS)
    page.goto(finished_run)
    page.get_by_role("button", name="Compare two runs").click()
    page.wait_for_url("**/runs/compare/**")
    address = page.url
    context.close()
    return address


@pytest.fixture(scope="package")
def finished_run(browser: Browser, service: Service, owner_state: StorageState) -> str:
    """Return the URL of a run that has ended with a verdict; one is enough for all tests."""
    context = browser.new_context(base_url=service.url, storage_state=owner_state)
    page = context.new_page()
    page.goto(LAB)
    link = page.get_by_role("link", name="See the run")
    if link.is_visible():
        link.click()
    else:
        press_run(page)
        expect(page.locator(".verdict-card")).to_be_visible(timeout=RUN_LASTS_MS)
    address = page.url
    context.close()
    return address
