"""Swagger UI and GraphiQL work in a browser, without anything from other hosts."""

import pytest
from playwright.sync_api import expect

from tests.browser.visits import Visit, opened

pytestmark = pytest.mark.browser


def test_swagger_ui_shows_and_tries_an_operation(visit: Visit) -> None:
    page = visit(signed_in=False)
    opened(page, "/api/v1/docs/")
    operation = page.locator("#operations-labs-labs_retrieve")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("slug").fill("n-plus-one")
    operation.get_by_role("button", name="Execute").click()

    answer = operation.locator(".live-responses-table .response").first
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    expect(answer).to_contain_text("n-plus-one.faster")


def test_graphiql_sends_its_first_query(visit: Visit) -> None:
    page = visit(signed_in=False)
    opened(page, "/graphql/")
    page.get_by_role("button", name="Execute query").click()

    expect(page.get_by_label("Result Window")).to_contain_text("sentence")
