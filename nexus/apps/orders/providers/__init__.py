"""Payment providers: a Protocol and its implementations."""

from collections.abc import Mapping

from nexus.apps.orders.errors import ProviderNotFoundError
from nexus.apps.orders.providers.protocol import (
    Callback,
    Outcome,
    PaymentProvider,
    RefundImpossibleError,
    Started,
)
from nexus.apps.orders.providers.sandbox import Sandbox

__all__ = [
    "USUAL",
    "Callback",
    "Outcome",
    "PaymentProvider",
    "RefundImpossibleError",
    "Started",
    "provider_named",
]

USUAL = "sandbox"
"""The provider of new payments."""

_PROVIDERS: Mapping[str, PaymentProvider] = {"sandbox": Sandbox()}


def provider_named(name: str) -> PaymentProvider:
    """Return a provider. Raises `ProviderNotFoundError`."""
    try:
        return _PROVIDERS[name]
    except KeyError as error:
        raise ProviderNotFoundError from error
