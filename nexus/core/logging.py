"""Structured logs: a constant event name, ids as fields, JSON unless a person is watching."""

from typing import Any

import structlog

__all__ = ["logging_config"]


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Set up structlog and give the `LOGGING` dictionary that sends `logging` through it.

    `level` is a level name such as `INFO`; `as_json` chooses one JSON object a line over coloured
    text.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "nexus": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    renderer,
                ],
                "foreign_pre_chain": shared,
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "nexus"}},
        "root": {"handlers": ["stderr"], "level": level},
    }
