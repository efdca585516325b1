"""What can be sent about webhooks."""

from typing import Any

from rest_framework import serializers

from nexus.apps.orders.events import EventKind

__all__ = ["WebhookChangeInput", "WebhookInput"]

ADDRESS = (
    r"^https?://([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?$"
)
LONGEST = 500


def _events(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField([kind.value for kind in EventKind]),
        max_length=len(EventKind),
        help_text="What to tell of; an empty list stands for all that happens.",
        **options,
    )


class WebhookInput(serializers.Serializer[Any]):
    """Where to tell of orders, and of what."""

    url = serializers.RegexField(
        ADDRESS, max_length=LONGEST, help_text="A public address, by https."
    )
    events = _events(default=list)


class WebhookChangeInput(serializers.Serializer[Any]):
    """What a webhook is to be; what is left out stays."""

    url = serializers.RegexField(ADDRESS, max_length=LONGEST, required=False)
    events = _events(required=False)
    is_on = serializers.BooleanField(
        required=False, help_text="Switched on, it may fail as often as a new one."
    )
