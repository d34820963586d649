"""The time that a dry run on a request's path may take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import UserError

WORK_MEM = "32MB"  # of each join: the default of 4 MB would write those of 100,000 files to disk
CANCELLED = "57014"  # PostgreSQL's code for a statement that ran out of time


class TookTooLong(UserError):
    """The dry run of so many posts takes longer than a request may."""


@contextmanager
def within(session: Session, seconds: float) -> Iterator[None]:
    """Limits the statements of the block to `seconds` together. TookTooLong beyond it; nothing is written then."""
    end = time.monotonic() + seconds
    connection = session.connection()
    session.execute(text(f"SET LOCAL work_mem = '{WORK_MEM}'"))

    def before(_: Any, cursor: Any, *rest: object) -> None:
        left = end - time.monotonic()
        if left <= 0:
            raise _too_long(seconds)
        cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(left * 1000))}")

    event.listen(connection, "before_cursor_execute", before)
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == CANCELLED:
            raise _too_long(seconds) from error
        raise
    finally:
        event.remove(connection, "before_cursor_execute", before)


def _too_long(seconds: float) -> TookTooLong:
    return TookTooLong(
        f"a dry run of so many posts takes longer than {seconds:.0f} s: choose a channel or a date, "
        "or run the command, which has no limit"
    )
