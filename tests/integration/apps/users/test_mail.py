"""Mails: text and HTML, with a link or a token; sent by a task that is retried."""

from pathlib import Path
from smtplib import SMTPException

import pytest
from django.core import mail
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from nexus.apps.users import services
from nexus.apps.users.events import Mail
from nexus.apps.users.mail import send
from nexus.apps.users.models import User
from nexus.core.outbox.models import Message
from nexus.core.outbox.services import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    user: User = User.objects.create_user("ada@example.org", pending_email="new@example.org")
    return user


@pytest.mark.parametrize("kind", Mail)
def test_every_mail_has_a_subject_a_text_and_html(kind: Mail, ada: User) -> None:
    assert send(kind, ada.pk)
    (message,) = mail.outbox
    assert isinstance(message, mail.EmailMultiAlternatives)
    html, media_type = message.alternatives[0]

    assert media_type == "text/html"
    assert "Nexus" in str(message.subject)
    assert str(message.subject) in str(html)
    assert message.to == ["new@example.org" if kind is Mail.CONFIRM_EMAIL else "ada@example.org"]
    assert "{" not in str(message.body)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (Mail.VERIFY, "verify"),
        (Mail.RESET, "reset"),
        (Mail.CONFIRM_EMAIL, "change_email"),
    ],
)
def test_a_link_holds_the_token_where_no_server_sees_it(
    kind: Mail, address: str, ada: User, settings: Settings
) -> None:
    settings.ACCOUNT_URL = "https://shop.example.org/account/"
    send(kind, ada.pk)
    link = f"https://shop.example.org/account/{address}/#{ada.pk}."

    assert link in str(mail.outbox[0].body)
    assert f'href="{link}' in str(mail.outbox[0].message())


@pytest.mark.parametrize("user_id", [0, 1_000_000])
def test_a_mail_to_nobody_is_none(user_id: int) -> None:
    assert not send(Mail.RESET, user_id)
    assert mail.outbox == []


def test_a_mail_to_a_deactivated_account_is_none(ada: User) -> None:
    User.objects.update(is_active=False)
    assert not send(Mail.RESET, ada.pk)


def test_without_a_mail_server_mails_are_files(
    ada: User, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    send(Mail.RESET, ada.pk)

    (file,) = (tmp_path / "mail").iterdir()
    assert f"{ada.pk}." in file.read_text("utf-8")


def test_a_message_carries_no_token(ada: User) -> None:
    services.request_reset(email=ada.email, address="192.0.2.1")
    (message,) = Message.objects.all()

    assert message.payload == {"kind": "reset", "user_id": ada.pk}


def test_a_mail_server_that_refuses_is_tried_again(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.request_reset(email=ada.email, address="192.0.2.1")
    (message,) = Message.objects.all()

    def refuse(_message: mail.EmailMessage) -> int:
        raise SMTPException("come back")

    with monkeypatch.context() as patch:
        patch.setattr(mail.EmailMultiAlternatives, "send", refuse)
        assert not deliver(message.pk)
    Message.objects.update(due_at=Now())

    assert deliver(message.pk)
    assert [sent.to for sent in mail.outbox] == [["ada@example.org"]]
