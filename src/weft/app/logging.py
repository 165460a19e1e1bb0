"""Structured logs: one JSON object per line on standard error, secrets masked.

Fields whose name says that they hold a secret are shown as `***`, whatever they hold. Standard library loggers (the
HTTP server's) go the same way.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, TextIO

import msgspec
import structlog

SECRET_WORDS = (
    "password",
    "secret",
    "token",
    "authorization",
    "api_key",
    "apikey",
    "master_key",
    "ticket",
    "credential",
)
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
MAX_VALUE = 16 * 1024
_encoder = msgspec.json.Encoder(enc_hook=str)


def mask_secrets(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor: hide the values of fields with a secret's name, cut texts to 16 KiB."""
    for key, value in event.items():
        if value and _tells_secret(key):
            event[key] = "***"
        elif isinstance(value, str) and len(value) > MAX_VALUE:
            event[key] = value[:MAX_VALUE] + "…"
    return event


@lru_cache(maxsize=1_024)
def _tells_secret(key: str) -> bool:
    lowered = key.lower()
    return any(word in lowered for word in SECRET_WORDS)


def to_json(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    """Processor: the line."""
    return _encoder.encode(event).decode("utf-8", "replace")


class _Bridge(logging.Handler):
    """Standard library records as structured lines."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            log = structlog.get_logger(record.name)
            log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)
        except Exception:  # noqa: BLE001 - a log line must never break what it reports on
            self.handleError(record)


def configure_logging(level: str, form: str, stream: TextIO | None = None) -> None:
    """Set up logging for the process. `level` is debug, info, warning or error; `form` json or console."""
    target = stream if stream is not None else sys.stderr
    renderer: Any = to_json if form == "json" else structlog.dev.ConsoleRenderer(colors=target.isatty())
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
    ]
    if form == "json":
        processors.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Bridge()]
    root.setLevel(max(LEVELS[level], logging.WARNING if level == "info" else LEVELS[level]))
