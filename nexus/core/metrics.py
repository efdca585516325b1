"""What is counted for Prometheus, in one place; labels have few values, known beforehand."""

from prometheus_client import Counter

__all__ = ["RATE_LIMITS_SKIPPED"]

RATE_LIMITS_SKIPPED = Counter(
    "nexus_rate_limits_skipped",
    "Requests of the API that passed uncounted, since the store of the limits was away.",
)
