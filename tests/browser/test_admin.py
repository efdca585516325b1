"""The admin in a browser: nothing breaks the content security policy, and a phone shows it all."""

import pytest

from tests.browser.visits import DESK, PHONE, Visit

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/",
    "/admin/orders/order/",
    "/admin/audit/entry/",
    "/admin/users/user/?q=owner@localhost",
    "/admin/users/role/add/",
)


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_owner_looks_into_the_admin(visit: Visit, width: int) -> None:
    page = visit(width=width)
    for address in PAGES:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, address
    page.goto("/admin/users/user/?q=owner@localhost")
    page.get_by_role("link", name="owner@localhost").click()
    page.get_by_role("link", name="History").click()
    page.wait_for_url("**/admin/audit/entry/**")
