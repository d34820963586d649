"""Logging: structlog straight to lines, console or JSON."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app import trace
from app.settings import Settings


class Unfailing:
    """A stream for people's eyes: on a full disk its lines are lost, and the work that they tell of is not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """As of a file."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """As of a file."""
        with suppress(OSError):
            self._stream.flush()


def configure_logging(settings: Settings) -> None:
    """Sets up structlog and the standard library's root logger on stderr, both with lines of the same form."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    json = settings.log_format == "json"
    stream = cast(TextIO, Unfailing(sys.stderr))
    shared: list[Processor] = [
        trace.into_line,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render = _as_json() if json else _for_people()
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Straight to the stream: the bridge through the standard library costs 2.7 times as much a line. A line is one
        # write, or those of two threads would stand in each other.
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Bridge([*shared, structlog.stdlib.add_logger_name, _task_of_celery], render))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Celery says two lines a task, which tell nothing that the work table does not.
    for chatty in ("telethon", "httpx", "alembic", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    if json:  # whoever reads the lines is a program: what Python itself would write to stderr is a line, too
        logging.captureWarnings(True)
        sys.excepthook = _crash
        threading.excepthook = lambda crash: _crash(crash.exc_type, crash.exc_value, crash.exc_traceback)


def _as_json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _for_people() -> list[Processor]:
    # Tracebacks without the values of variables: there may be secrets among them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


class _Bridge(structlog.stdlib.ProcessorFormatter):
    """What Celery, Telethon and others say through the standard library."""

    def __init__(self, first: list[Processor], render: list[Processor]) -> None:
        meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
        super().__init__(foreign_pre_chain=first, processors=[meta, *render])


def _task_of_celery(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Which task a line of Celery's is about: it says so beside its text."""
    about = getattr(line.get("_record"), "data", None)
    if isinstance(about, dict) and "task_id" not in line:
        line.update(task=str(about.get("name")).removeprefix("app.tasks."), task_id=about.get("id"))
    return line


def _crash(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    """An error that nobody caught ends a thread or the process."""
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    structlog.get_logger().critical("not caught", exc_info=(kind, error, where))
