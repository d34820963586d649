"""Lines of the log in both formats: what a reader or a program finds in them, and that no value of a variable is."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from app import trace
from app.log import Unfailing, configure_logging
from app.settings import Settings

SECRET = "1AgAOMTQ5-the-session-of-an-account"
BOTH = pytest.mark.parametrize("form", ["console", "json"])


class Written(io.StringIO):
    """A stderr that remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        """Keeps the text."""
        self.writes.append(text)
        return super().write(text)


Log = Callable[..., Written]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """Sets logging up with some settings; returns the stderr of this process. Afterwards all is as before."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # or they would be closed
    chatty = {
        name: one.level for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)
    }

    def configured(form: str | None = None, level: str | None = None) -> Written:
        given = {"log_format": form, "log_level": level}
        monkeypatch.setattr(sys, "stderr", made := Written())
        configure_logging(Settings(**{name: value for name, value in given.items() if value}))  # type: ignore[arg-type]
        return made

    yield configured
    structlog.reset_defaults()
    logging.captureWarnings(False)
    sys.excepthook, threading.excepthook = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, one in logging.root.manager.loggerDict.items():
        if isinstance(one, logging.Logger):
            one.setLevel(chatty.get(name, logging.NOTSET))


def connect(session: str) -> None:
    """Fails as an adapter may, with a secret in a variable and in an argument."""
    credentials = {"session": session}
    try:
        credentials["hash"]
    except KeyError as error:
        raise ConnectionError("no connection to Telegram") from error


def by_structlog() -> None:
    """As our own code logs it."""
    structlog.get_logger().exception("the step failed", step="poll")


def by_logging() -> None:
    """As Celery and Telethon log it."""
    logging.getLogger("celery.worker").exception("the step failed")


def fail(tell: Callable[[], None]) -> None:
    """Logs an error with its traceback."""
    session = SECRET
    try:
        connect(session)
    except ConnectionError:
        tell()


@pytest.mark.parametrize("form", [None, "console", "json"])
@pytest.mark.parametrize("tell", [by_structlog, by_logging])
def test_a_traceback_shows_the_way_and_no_value(form: str | None, tell: Callable[[], None], log: Log) -> None:
    """Not in the format of a terminal either, which is the default: a log goes into reports of bugs."""
    written = log(form)
    fail(tell)
    said = written.getvalue()
    assert "the step failed" in said
    for part in ("Traceback", "in fail", "in connect", "KeyError", "ConnectionError: no connection to Telegram"):
        assert part in said
    assert SECRET not in said
    assert SECRET[:12] not in said


def lines(written: Written) -> list[dict[str, Any]]:
    """The lines of a log in JSON."""
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_of_json_has_time_level_words_and_trace(log: Log) -> None:
    written = log("json")
    found = trace.new()
    with trace.at_work([found]):
        structlog.get_logger().warning("канал молчит", channel=7)
        logging.getLogger("kombu.connection").error("lost %s", "брокер")
    own, foreign = lines(written)
    at = datetime.fromisoformat(own.pop("timestamp"))
    assert at.tzinfo == UTC
    assert abs((datetime.now(UTC) - at).total_seconds()) < 600
    assert own == {"event": "канал молчит", "level": "warning", "channel": 7, "trace_id": found}
    assert datetime.fromisoformat(foreign.pop("timestamp")).tzinfo == UTC
    assert foreign == {"event": "lost брокер", "level": "error", "logger": "kombu.connection", "trace_id": found}
    assert "канал молчит" in written.getvalue(), "letters as themselves, for grep"


def test_a_line_for_people_has_the_same_words_without_colours_in_a_file(log: Log) -> None:
    written = log()
    found = trace.new()
    with trace.at_work([found]):
        structlog.get_logger().warning("канал молчит", channel=7)
        logging.getLogger("kombu.connection").error("lost %s", "брокер")
    own, foreign = written.getvalue().splitlines()
    for part in ("warning", "канал молчит", "channel=7", f"trace_id={found}"):
        assert part in own
    for part in ("error", "lost брокер", "kombu.connection", f"trace_id={found}"):
        assert part in foreign
    assert "\x1b" not in written.getvalue()


@BOTH
def test_each_line_is_one_write(form: str, log: Log) -> None:
    """Else the lines of two threads would mix."""
    written = log(form)
    structlog.get_logger().info("first")
    logging.getLogger("somebody").info("second")
    structlog.get_logger().info("third")
    assert [write.count("\n") for write in written.writes] == [1, 1, 1]
    assert all(write.endswith("\n") for write in written.writes)


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("DEBUG", ["debug", "info", "warning", "error"]),
        (None, ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("ERROR", ["error"]),
        ("NOISY", ["info", "warning", "error"]),
    ],
)
def test_the_level_holds_for_all_loggers(level: str | None, shown: list[str], log: Log) -> None:
    """A level that does not exist is INFO."""
    written = log("json", level)
    for logger in (structlog.get_logger(), logging.getLogger("another")):
        for name in ("debug", "info", "warning", "error"):
            getattr(logger, name)("said")
    assert [line["level"] for line in lines(written)] == shown * 2


@pytest.mark.parametrize("name", ["telethon", "httpx", "alembic", "celery.worker.strategy", "celery.app.trace"])
@pytest.mark.parametrize(("level", "shown"), [("DEBUG", ["warning", "error"]), ("ERROR", ["error"])])
def test_chatty_libraries_say_what_matters(name: str, level: str, shown: list[str], log: Log) -> None:
    written = log("json", level)
    for said in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger(f"{name}.below"), said)("said")
    assert [line["level"] for line in lines(written)] == shown


def test_a_line_of_celery_names_its_task(log: Log) -> None:
    """Celery puts it into the record, beside the text."""
    written = log("json")
    about = {"data": {"name": "app.tasks.tag.tag_publication", "id": "7-1"}}
    celery = logging.getLogger("celery.pool")
    celery.error("it was lost", extra=about)
    trace.begin_task("app.tasks.poll.poll_channel", "8-1", None)
    celery.error("known already", extra=about)
    trace.end_task("8-1")
    celery.error("no task", extra={"data": "words"})
    named = [(line["event"], line.get("task"), line.get("task_id")) for line in lines(written)]
    assert named == [
        ("it was lost", "tag.tag_publication", "7-1"),
        ("known already", "poll.poll_channel", "8-1"),
        ("no task", None, None),
    ]


def test_an_error_that_ends_a_process_or_thread_is_a_line_for_programs(log: Log) -> None:
    written = log("json")
    try:
        connect(SECRET)
    except ConnectionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=connect, args=(SECRET,))
    thread.start()
    thread.join()
    told = lines(written)
    assert [(line["level"], line["event"]) for line in told] == [("critical", "not caught")] * 2
    for line in told:
        assert "ConnectionError: no connection to Telegram" in line["exception"]
        assert "in connect" in line["exception"]
    assert SECRET not in written.getvalue()


def test_the_end_that_a_person_asked_for_is_no_error(log: Log) -> None:
    written = log("json")
    for ended in (KeyboardInterrupt(), SystemExit(1)):
        sys.excepthook(type(ended), ended, None)
    sys.excepthook(ValueError, None, None)  # type: ignore[arg-type]
    assert written.getvalue() == ""


@BOTH
def test_warnings_of_python_become_lines_for_programs(form: str, log: Log) -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        written = log(form)
        warnings.warn("soon gone", DeprecationWarning, stacklevel=1)
    if form == "console":
        assert [str(one.message) for one in shown] == ["soon gone"], "as Python shows it"
        assert written.getvalue() == ""
    else:
        [line] = lines(written)
        assert (line["logger"], line["level"], shown) == ("py.warnings", "warning", [])
        assert "DeprecationWarning: soon gone" in line["event"]


def test_a_terminal_shows_errors_as_python_does(log: Log) -> None:
    hooks = sys.excepthook, threading.excepthook
    log("console")
    assert (sys.excepthook, threading.excepthook) == hooks


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, text: str) -> int:
        """Finds no room."""
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        """Finds none either."""
        raise OSError(28, "No space left on device")


def test_a_full_disk_loses_lines_and_nothing_else() -> None:
    full = Unfailing(Full())
    assert full.write("five\n") == 5
    full.flush()
    whole = io.StringIO()
    assert Unfailing(whole).write("five\n") == 5
    assert whole.getvalue() == "five\n"
