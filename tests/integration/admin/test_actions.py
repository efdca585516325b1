"""Actions of support and admins in the admin: services execute them, and they are audited."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from nexus.apps.labs.models import Run
from nexus.apps.orders.models import Order, Refund
from nexus.apps.products.errors import SkuTakenError
from nexus.apps.products.models import Product
from nexus.apps.stays.models import Booking
from nexus.apps.users import services as users
from nexus.apps.users.models import Role, User
from nexus.core.audit.models import Entry
from nexus.core.errors import NexusError, ThrottledError
from nexus.core.outbox.models import Message
from tests.support.accounts import mailed, mails_sent
from tests.support.admin_site import address, fill, support
from tests.support.factories import offer, paid, person, place, placed, shelves, signed_in, stay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

PASSWORD, ADDRESS = "correct horse battery", "192.0.2.1"


def press(browser: Client, action: str, *rows: Any, **answers: str) -> list[str]:
    """Select rows and an action, fill its form in, and return the messages afterwards."""
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows], **answers}
    answer = browser.post(address(type(rows[0])), chosen, follow=True)
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


def save(browser: Client, row: Any, **sent: Any) -> Any:
    """Send the form of a row, including the hidden inputs of its page."""
    path = address(type(row), "change", row.pk)
    shown = browser.get(path).context["inline_admin_formsets"]
    known = {
        f"{one.formset.prefix}-{name}": value
        for one in shown
        for name, value in one.formset.management_form.initial.items()
    }
    return browser.post(path, {**known, **sent}, follow=True)


def audited(action: str) -> list[tuple[int | None, str]]:
    return list(Entry.objects.filter(action=action).values_list("actor_id", "key"))


@pytest.fixture
def sold() -> Product:
    shelves()
    return offer(stock=9)


# Orders.


def test_an_order_is_cancelled_once_a_reason_is_given(sold: Product) -> None:
    order, by = placed(person("ada"), sold), support()
    browser = signed_in(by)
    press(browser, "cancel", order)
    order.refresh_from_db()
    assert order.state == "pending_payment"

    press(browser, "cancel", order, answered="yes", reason="asked by telephone")
    order.refresh_from_db()
    sold.refresh_from_db()

    assert (order.state, sold.stock) == ("cancelled", 9)
    assert order.events.get(kind="cancelled").details == {"reason": "asked by telephone"}
    assert audited("order.cancelled") == [(by.pk, str(order.pk))]


def test_orders_that_cannot_be_cancelled_are_reported_and_the_rest_is_done(sold: Product) -> None:
    ada = person("ada")
    first, second = placed(ada, sold), placed(ada, sold)
    browser = signed_in(support())
    press(browser, "cancel", first, answered="yes", reason="double")
    told = press(browser, "cancel", first, second, answered="yes", reason="both")

    assert told == [
        f"{first}: The order is cancelled, which does not allow this.",
        "Done for 1 of 2.",
    ]


@pytest.mark.parametrize(("amount", "back"), [("4.00", Decimal(4)), ("", Decimal("24.80"))])
def test_an_order_is_refunded(sold: Product, amount: str, back: Decimal) -> None:
    order, by = paid(person("ada"), sold), support()
    press(signed_in(by), "refund", order, answered="yes", reason="late", amount=amount)

    assert Refund.objects.get().amount == back
    assert audited("order.refund_requested") == [(by.pk, str(order.pk))]


def test_more_than_was_paid_does_not_go_back(sold: Product) -> None:
    order = paid(person("ada"), sold)
    (told,) = press(
        signed_in(support()), "refund", order, answered="yes", reason="late", amount="99"
    )

    assert "At most 24.80 EUR can be refunded." in told
    assert not Refund.objects.exists()


@pytest.mark.parametrize("action", ["cancel", "refund"])
def test_an_action_without_its_reason_asks_again(sold: Product, action: str) -> None:
    order = paid(person("ada"), sold)
    answer = signed_in(support()).post(
        address(Order),
        {"action": action, "_selected_action": [str(order.pk)], "answered": "yes", "reason": ""},
    )
    order.refresh_from_db()

    assert "This field is required." in answer.content.decode()
    assert order.state == "paid"


# Accounts.


def locked(user: User) -> bool:
    with pytest.raises(NexusError) as refused:
        users.log_in(email=user.email, password="wrong", address=ADDRESS)
    return isinstance(refused.value, ThrottledError)


def test_a_locked_account_is_unlocked() -> None:
    ada, by = person("ada"), support()
    for _ in range(10):
        assert not locked(ada)
    assert locked(ada)
    press(signed_in(by), "unlock", ada)

    assert not locked(ada)
    assert audited("user.unlocked") == [(by.pk, str(ada.pk))]


def test_the_verification_mail_is_sent_again() -> None:
    ada, by = person("ada"), support()
    User.objects.filter(pk=ada.pk).update(email_verified_at=None)
    with mails_sent():
        press(signed_in(by), "send_verification", ada)
    assert mailed() == [("ada@example.org", "Verify your email address for Nexus")]
    assert audited("user.verification_sent") == [(by.pk, str(ada.pk))]

    User.objects.filter(pk=ada.pk).update(email_verified_at=timezone.now())
    (told,) = press(signed_in(by), "send_verification", ada)
    assert told == "ada@example.org: The email address is already verified."


def test_an_admin_deactivates_and_activates() -> None:
    ada, by = person("ada"), person("eve", "admin")
    browser, hers = signed_in(by), signed_in(ada)
    press(browser, "deactivate", ada)
    assert hers.get("/account/").status_code == 302
    press(browser, "activate", ada)
    assert hers.get("/account/").status_code == 200
    assert audited("user.deactivated") == audited("user.activated") == [(by.pk, str(ada.pk))]


def test_support_does_not_deactivate() -> None:
    ada = person("ada")
    press(signed_in(support()), "deactivate", ada)
    ada.refresh_from_db()

    assert ada.is_active


def test_an_admin_does_not_deactivate_themselves() -> None:
    by = person("eve", "admin")
    (told,) = press(signed_in(by), "deactivate", by)

    assert told == "eve@example.org: You cannot deactivate your own account."


def test_a_deleted_account_stays_deleted() -> None:
    ada = User.objects.create_user("ada@example.org", PASSWORD)
    users.delete_account(by=ada, password=PASSWORD, address=ADDRESS)
    ada.refresh_from_db()
    (told,) = press(signed_in(person("eve", "admin")), "activate", ada)
    ada.refresh_from_db()

    assert told.endswith("can no longer be changed.")
    assert not ada.is_active


def test_an_admin_gives_roles() -> None:
    ada, by = person("ada", "learner"), person("eve", "admin")
    host = Role.objects.get(slug="host")
    save(signed_in(by), ada, roles=[host.pk])

    assert [role.slug for role in ada.roles.all()] == ["host"]
    assert audited("user.roles_set") == [(by.pk, str(ada.pk))]


def test_an_admin_does_not_change_their_own_roles() -> None:
    by = person("eve", "admin")
    answer = save(signed_in(by), by, roles=[])

    assert "Ask another administrator" in answer.content.decode()
    assert [role.slug for role in by.roles.all()] == ["admin"]


def test_an_admin_changes_what_a_role_allows() -> None:
    by, mentor = person("eve", "admin"), Role.objects.get(slug="mentor")
    save(signed_in(by), mentor, permissions=["labs.run", "labs.cancel_any"])
    mentor.refresh_from_db()

    assert mentor.permissions == ["labs.cancel_any", "labs.run"]
    assert audited("role.saved") == [(by.pk, str(mentor.pk))]


def test_an_admin_does_not_lock_themselves_out() -> None:
    by, admin = person("eve", "admin"), Role.objects.get(slug="admin")
    answer = save(signed_in(by), admin, permissions=["labs.run"])
    held = admin.permissions
    admin.refresh_from_db()

    assert "Ask another administrator" in answer.content.decode()
    assert admin.permissions == held


def test_an_admin_makes_a_role_of_permissions_there_are() -> None:
    browser = signed_in(person("eve", "admin"))
    browser.post(address(Role, "add"), {"slug": "bookkeeper", "permissions": ["admin.see"]})
    browser.post(address(Role, "add"), {"slug": "wizard", "permissions": ["magic"]})

    assert Role.objects.get(slug="bookkeeper").permissions == ["admin.see"]
    assert not Role.objects.filter(slug="wizard").exists()


# The shop, the travel site, the labs, the outbox.


def test_an_admin_changes_a_product_by_the_services(sold: Product) -> None:
    by = person("eve", "admin")
    sent = {"name": "Pot", "sku": "P-1", "price": "3.50", "currency": "EUR", "is_published": "on"}
    before = sold.version
    save(signed_in(by), sold, description="", stock="99", **sent)
    sold.refresh_from_db()

    assert (sold.name, sold.price, sold.version) == ("Pot", Decimal("3.50"), before + 2)
    assert sold.stock == 9
    assert audited("product.price_set") == [(by.pk, str(sold.pk))]
    entry = Entry.objects.get(action="product.changed")
    assert (entry.actor_id, entry.key) == (by.pk, str(sold.pk))
    assert entry.details["members"] == ["description", "name", "sku"]


def test_a_refusal_of_a_service_is_shown(sold: Product) -> None:
    merchant = person("mia", "merchant")
    Product.objects.update(owner=merchant)
    other = offer(2, owner=merchant)
    sent = {"name": "Pot", "sku": other.sku, "price": "1", "currency": "EUR"}
    answer = save(signed_in(person("eve", "admin")), sold, **sent)
    sold.refresh_from_db()

    assert [str(message) for message in answer.context["messages"]] == [SkuTakenError().message]
    assert (sold.sku, sold.price) == ("K-1", Decimal("19.90"))
    assert audited("product.price_set") == audited("product.changed") == []


def test_an_admin_unpublishes_a_listing() -> None:
    listing = place(person("hal", "host"))
    browser = signed_in(person("eve", "admin"))
    save(browser, listing, title=listing.title, cancellation_policy="flexible")
    listing.refresh_from_db()

    assert (listing.is_published, listing.version) == (False, 1)


def test_an_admin_cancels_a_booking_and_all_goes_back() -> None:
    by = person("eve", "admin")
    booking = stay(place(), person("ada"), first=1, nights=2)
    press(signed_in(by), "cancel", booking)
    booking.refresh_from_db()

    assert (booking.status, booking.refund) == ("cancelled", booking.total)
    assert audited("booking.cancelled") == [(by.pk, str(booking.pk))]


def test_an_admin_cancels_a_run() -> None:
    by = person("eve", "admin")
    run = Run.objects.create(lab="n-plus-one", form="quick", seed=1)
    press(signed_in(by), "cancel", run)
    run.refresh_from_db()

    assert run.status == "cancelled"
    assert audited("run.cancelled") == [(by.pk, str(run.pk))]


def test_failed_messages_can_be_retried() -> None:
    by = support()
    message = Message.objects.create(
        topic="t", handler="h", payload={}, attempts=12, failed_at=timezone.now()
    )
    browser = signed_in(by)
    press(browser, "retry", message)
    message.refresh_from_db()

    assert (message.attempts, message.failed_at) == (0, None)
    assert audited("outbox.retried") == [(by.pk, str(message.pk))]
    assert press(browser, "retry", message) == [
        f"{message}: This message has not been given up on."
    ]


def test_an_action_takes_no_more_than_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nexus.core.admin.tables.MAX_AT_ONCE", 1)
    bookings = [stay(place(), first=1, nights=1) for _ in range(2)]
    (told,) = press(signed_in(person("eve", "admin")), "cancel", *bookings)

    assert told == "Choose at most 1 rows at once."
    assert not Booking.objects.filter(status="cancelled").exists()


def test_the_history_of_a_row_is_the_audit() -> None:
    fill(range(1))
    order = Order.objects.get()
    answer = signed_in(support()).get(address(Order, "history", order.pk), follow=True)
    entries = answer.context["cl"].result_list

    assert {(entry.kind, entry.key) for entry in entries} == {("orders.order", str(order.pk))}
    assert "order.placed" in {entry.action for entry in entries}
