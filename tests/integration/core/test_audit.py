"""The audit records who did what, and nobody can change it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, models, transaction
from structlog.contextvars import bound_contextvars

from nexus.apps.users.models import User
from nexus.core.audit.models import Entry
from nexus.core.audit.services import record

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def ada() -> User:
    user: User = User.objects.create_user("ada@example.org")
    return user


def test_an_entry_names_who_did_what_to_which_object(ada: User) -> None:
    with bound_contextvars(request_id="of-the-request"), transaction.atomic():
        record("user.renamed", by=ada, of=ada, members=["name"])
    entry = Entry.objects.get()

    assert (entry.actor_id, entry.action) == (ada.pk, "user.renamed")
    assert entry.request_id == "of-the-request"
    assert (entry.kind, entry.key, entry.details) == (
        "users.user",
        str(ada.pk),
        {"members": ["name"]},
    )


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_strangers_and_timers_are_nobody(ada: User, nobody: AnonymousUser | None) -> None:
    with transaction.atomic():
        record("user.made", by=nobody, of=ada)

    entry = Entry.objects.get()
    assert (entry.actor_id, entry.request_id) == (None, "")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_entry_needs_the_transaction_of_its_change(ada: User) -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        record("user.renamed", by=ada, of=ada)


def test_entries_are_only_added(ada: User) -> None:
    with transaction.atomic():
        record("user.renamed", by=ada, of=ada)
    for change in (
        lambda: Entry.objects.update(action="nothing"),
        lambda: Entry.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
            change()

    assert Entry.objects.get().action == "user.renamed"


def test_user_with_audit_entries_is_not_deleted(ada: User) -> None:
    with transaction.atomic():
        record("user.renamed", by=ada, of=ada)
    with pytest.raises(models.ProtectedError):
        ada.delete()
