"""Secrets at rest, while their encryption key changes."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from nexus.apps.orders import services as orders
from nexus.apps.orders.models import ProviderSecret, WebhookSecret
from nexus.apps.users import second_factor
from nexus.apps.users.models import SigningKey
from nexus.apps.users.services import keys
from nexus.core.security.encryption import UndecipherableError, decrypt
from tests.support.factories import person
from tests.support.waiting import await_blocked

if TYPE_CHECKING:
    from concurrent.futures import Future

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant() -> Any:
    """A user with one of each stored secret."""
    owner = person("merchant", "merchant")
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    second_factor.renew_recovery_codes(owner)
    orders.register_webhook(url="https://a.test/hook", by=owner)
    orders.rotate_secret(provider="sandbox")
    keys.current_key()
    return owner


def read_all(owner: Any) -> list[str]:
    """Read every secret as the code that uses it does."""
    factor = Authenticator.objects.get(user=owner, type=Authenticator.Type.TOTP)
    return [
        keys.private_pem(keys.current_key()),
        decrypt(factor.data["secret"], purpose=second_factor.PURPOSE),
        *second_factor.recovery_codes(owner),
        *(decrypt(row.sealed, purpose="webhooks") for row in WebhookSecret.objects.all()),
        *orders.secrets_of("sandbox"),
    ]


def test_all_secrets_outlive_the_key_they_were_encrypted_with(
    merchant: Any, settings: Settings
) -> None:
    before, earlier = read_all(merchant), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [earlier]
    assert read_all(merchant) == before

    told = StringIO()
    call_command("reencrypt_secrets", stdout=told)
    settings.SECRET_KEY_FALLBACKS = []

    assert read_all(merchant) == before
    assert told.getvalue().splitlines() == [
        "users.SigningKey.private_pem: 1 encrypted with the current key.",
        "mfa.Authenticator.data: 2 encrypted with the current key.",
        "orders.ProviderSecret.sealed: 1 encrypted with the current key.",
        "orders.WebhookSecret.sealed: 1 encrypted with the current key.",
    ]


def test_undecryptable_secret_is_named_and_unchanged(merchant: Any, settings: Settings) -> None:
    lost = SigningKey.objects.get()
    sealed = list(ProviderSecret.objects.values_list("sealed", flat=True))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", []

    with pytest.raises(CommandError, match=f"private_pem of row {lost.pk}, .*SECRET_KEY_FALLBACKS"):
        call_command("reencrypt_secrets", stdout=StringIO())
    assert list(ProviderSecret.objects.values_list("sealed", flat=True)) == sealed
    with pytest.raises(UndecipherableError):
        read_all(merchant)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_code_that_is_spent_meanwhile_brings_no_old_secret_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = person("merchant", "merchant")
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [settings.SECRET_KEY]

    def reencrypt() -> None:
        call_command("reencrypt_secrets", stdout=StringIO())
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        works: list[Future[None]] = []

        def step(*_asked: object, **_after: object) -> int:
            # The secret has been read, but not written back yet.
            works.append(pool.submit(reencrypt))
            await_blocked(works[0])
            return 1

        monkeypatch.setattr(second_factor, "_step", step)
        with transaction.atomic():
            second_factor.spend(owner, "000000")
        works[0].result()
    settings.SECRET_KEY_FALLBACKS = []
    kept = Authenticator.objects.get(user=owner).data
    assert decrypt(kept["secret"], purpose=second_factor.PURPOSE) == "JBSWY3DPEHPK3PXP"
    assert kept[second_factor.STEP] == 1
