"""Telethon's own log without the contents of answers, which its lines and tracebacks show."""

from __future__ import annotations

import logging
from typing import Any

from telethon.network import Connection

from app.adapters.telegram.redaction import words


class _Redaction(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Replaces objects, bytes and tracebacks by the names of their classes."""
        if isinstance(record.args, tuple):
            record.args = tuple(_harmless(value) for value in record.args)
        if record.exc_info and record.exc_info[1] is not None:
            record.msg = f"{record.msg}: {words(record.exc_info[1]).replace('%', '%%')}"
        record.exc_info = record.exc_text = None
        return True


_REDACTION = _Redaction()


class _Base(logging.Logger):
    """Hands out Telethon's loggers, each with the filter: filters of a parent do not see lines of its children."""

    def getChild(self, suffix: str) -> logging.Logger:  # type: ignore[override]  # noqa: N802 - the name of logging
        child = logging.getLogger(f"{self.name}.{suffix}")
        child.addFilter(_REDACTION)
        return child


TELETHON_LOG = _Base("telethon")  # for TelegramClient(base_logger=...)


def _harmless(value: Any) -> Any:
    if value is None or isinstance(value, int | float | str | Connection):
        return value
    return words(value) if isinstance(value, BaseException) else type(value).__name__
