"""Sets up logging: structlog writes lines for the console or JSON straight to stderr."""

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
    """A stream that ignores write errors: on a full disk log lines are lost, while the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes like a file."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flushes like a file."""
        with suppress(OSError):
            self._stream.flush()


def configure_logging(settings: Settings) -> None:
    """Sets up structlog and the root logger of the standard library on stderr, with lines of the same form."""
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
        # Straight to the stream: through the standard library a line costs 2.7 times as much. One write for each line,
        # or lines of two threads would mix.
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Bridge([*shared, structlog.stdlib.add_logger_name, _task_of_celery], render))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Celery writes two lines for each task; the work table has the same facts.
    for chatty in ("telethon", "httpx", "httpcore", "alembic", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    if json:  # a program reads the lines, so warnings and tracebacks of Python itself become lines, too
        logging.captureWarnings(True)
        sys.excepthook = _crash
        threading.excepthook = lambda crash: _crash(crash.exc_type, crash.exc_value, crash.exc_traceback)


def _as_json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _for_people() -> list[Processor]:
    # Tracebacks without the values of variables, which may be secrets.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


class _Bridge(structlog.stdlib.ProcessorFormatter):
    """Formats messages that Celery, Telethon and others log through the standard library."""

    def __init__(self, first: list[Processor], render: list[Processor]) -> None:
        meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
        super().__init__(foreign_pre_chain=first, processors=[meta, *render])


def _task_of_celery(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Adds the task to a line of Celery, which puts it into a field of the record beside the text."""
    about = getattr(line.get("_record"), "data", None)
    if isinstance(about, dict) and "task_id" not in line:
        line.update(task=str(about.get("name")).removeprefix("app.tasks."), task_id=about.get("id"))
    return line


def _crash(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    """Logs an uncaught error, which ends a thread or the process."""
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    structlog.get_logger().critical("not caught", exc_info=(kind, error, where))
