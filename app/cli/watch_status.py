"""Implements status --watch: renews the screen, also through restarts of the database, until Ctrl-C."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.cli.output import out
from app.cli.screen import screen
from app.db import transaction
from app.errors import UserError
from app.local.ready import forget_settings
from app.status.overview import Status, as_dict
from app.status.overview import status as ask


def watch(every: float, *, as_json: bool) -> None:
    """Shows the status every `every` seconds until Ctrl-C."""
    console = out()
    with suppress(KeyboardInterrupt):
        if as_json:
            _lines(every)
        elif console.is_terminal and not console.is_dumb_terminal:
            _live(console, every)
        else:
            _plain(console, every)


def _look() -> Status | str:
    """The status, or the reason why it cannot be read."""
    try:
        with transaction() as session:
            return ask(session)
    except (SQLAlchemyError, UserError) as error:
        forget_settings()  # an embedded database may come back on another port
        return f"{datetime.now(UTC):%H:%M:%S} UTC  {_reason(error)}"


def _reason(error: Exception) -> str:
    if isinstance(error, UserError):
        return "the database does not run, waiting for it"
    if isinstance(error, OperationalError):
        return "the database does not answer, waiting for it"
    return "the schema is damaged: see media-audit doctor"


def _live(console: Console, every: float) -> None:
    """Uses the terminal's alternate screen, which leaves no trace, and writes whole frames, which do not flicker."""
    last: Status | None = None
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            found = _look()
            last = found if isinstance(found, Status) else last
            live.update(_frame(console, last, found if isinstance(found, str) else None), refresh=True)
            time.sleep(every)


def _frame(console: Console, now: Status | None, wrong: str | None) -> RenderableType:
    foot = "[dim]Ctrl-C ends this[/]"
    if now is None:
        return Group(f"[red]{wrong}[/]", foot)
    at = f"{now.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    head = f"[red]{wrong}[/]  [dim]last: {at:.19}[/]" if wrong else f"[bold]Media Audit[/]  [dim]{at}[/]"
    return Group(head, screen(now, console.width, console.height - 2), foot)


def _plain(console: Console, every: float) -> None:
    """Prints one block after the other, for a file or pipe."""
    while True:
        found = _look()
        if isinstance(found, Status):
            console.print(f"{found.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
            console.print(screen(found, console.width, 40))
        else:
            console.print(found, markup=False)
        console.print()
        time.sleep(every)


def _lines(every: float) -> None:
    while True:
        found = _look()
        value = as_dict(found) if isinstance(found, Status) else {"error": found}
        click.echo(json.dumps(value, ensure_ascii=False, default=str))
        time.sleep(every)
