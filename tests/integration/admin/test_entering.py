"""Who may log in to the admin, and how."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from nexus.apps.users.models import User
from tests.integration.apps.users.test_second_factor import PASSWORD, protect
from tests.support.accounts import stopped_clock
from tests.support.factories import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]


@pytest.mark.parametrize(
    ("role", "status"),
    [("support", 200), ("admin", 200), ("merchant", 403), ("host", 403), ("", 403)],
)
def test_support_and_admins_enter(role: str, status: int) -> None:
    answer = signed_in(person("eve", role)).get("/admin/", follow=True)

    assert answer.status_code == status


def test_a_role_decides_and_no_flag() -> None:
    flagged = User.objects.create_user("old@example.org", is_staff=True)

    assert signed_in(flagged).get("/admin/", follow=True).status_code == 403


def test_a_deactivated_admin_is_nobody() -> None:
    admin = person("eve", "admin")
    browser = signed_in(admin)
    admin.is_active = False
    admin.save()

    assert browser.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/account/log-in/")


def test_strangers_come_by_the_log_in_of_the_service() -> None:
    user = person("eve", "support")
    user.set_password(PASSWORD)
    user.save()
    browser = Client()
    door = browser.get("/admin/orders/order/", follow=True)
    address = door.redirect_chain[-1][0]

    assert address == "/account/log-in/?next=/admin/orders/order/"
    assert (door.status_code, door.templates[0].name) == (200, "account/log_in.html")
    entered = browser.post(
        "/account/log-in/",
        {"email": user.email, "password": PASSWORD, "next": "/admin/orders/order/"},
        follow=True,
    )
    assert (entered.status_code, entered.request["PATH_INFO"]) == (200, "/admin/orders/order/")


def test_a_password_sent_to_the_admin_signs_nobody_in() -> None:
    user = person("eve", "admin")
    user.set_password(PASSWORD)
    user.save()
    browser = Client()
    answer = browser.post("/admin/login/", {"username": user.email, "password": PASSWORD})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/log-in/")
    assert "_auth_user_id" not in browser.session


def test_a_second_factor_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    user = person("eve", "admin")
    user.set_password(PASSWORD)
    user.save()
    app = protect(user, stopped_clock(monkeypatch)).app
    browser = Client()
    sent = {"email": user.email, "password": PASSWORD, "next": "/admin/"}
    asked = browser.post("/account/log-in/", sent, follow=True)

    assert asked.request["PATH_INFO"] == "/account/log-in/second-factor/"
    assert browser.get("/admin/").status_code == 302
    entered = browser.post("/account/log-in/second-factor/", {"code": app.code()}, follow=True)
    assert (entered.status_code, entered.request["PATH_INFO"]) == (200, "/admin/")


@pytest.mark.parametrize("name", ["password_change", "password_change_done"])
def test_the_admin_has_no_form_for_passwords(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{name}")


@pytest.mark.parametrize(("role", "shown"), [("support", True), ("merchant", False)])
def test_the_account_page_leads_who_may_to_the_admin(role: str, *, shown: bool) -> None:
    page = signed_in(person("eve", role)).get("/account/")

    assert (b'href="/admin/"' in page.content) is shown
