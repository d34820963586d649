"""The command media-audit verify: compares all stored data with each other, and repairs them if asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.markup import escape

from app import wiring
from app.cli.output import CRASHED, OK, indented, out, print_json
from app.db import engine
from app.errors import UserError
from app.local.ready import database
from app.migrations.run import schema_state
from app.verify.check import EXAMPLES, Outcome
from app.verify.verify import Subject, verify


@click.command(
    name="verify",
    epilog="Exit codes: 0 when all is well, or was mended or made due; 1 when something is wrong that was not.",
)
@click.option("--repair", is_flag=True, help="Mend what can be mended; the ordinary steps do most of the work.")
@click.option("--telegram", is_flag=True, help="Ask Telegram too, for every id that was read: 100 a request.")
@click.option("--fast", is_flag=True, help="Do not hash the files: only whether they are there, and their sizes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify_command(context: click.Context, repair: bool, telegram: bool, fast: bool, as_json: bool) -> None:
    """Compare files, posts, albums, readings, tags, index, events and Telegram with each other.

    Changes nothing without --repair, and may run while workers do: what is being worked on is no fault.
    docs/verify.md tells what each check compares, and what is repaired how.
    """
    found = []
    with database(migrate=False), _subject(telegram=telegram) as subject:
        _same_schema()
        for outcome in verify(subject, repair=repair, fast=fast):
            found.append(outcome)
            if not as_json:
                _show(outcome)
    if as_json:
        print_json([one.as_json() for one in found])
    elif any(one.repaired for one in found):
        out().print("What was made due is done by the workers that run, or by the next `media-audit run --until-idle`.")
    context.exit(OK if all(one.ok for one in found) else CRASHED)


def _same_schema() -> None:
    """UserError if the schema is not the newest one of this version."""
    current, head = schema_state(engine())
    if current != head:
        raise UserError(f"the schema is at {current or 'nothing'}, newest is {head}: media-audit db upgrade")


@contextmanager
def _subject(*, telegram: bool) -> Iterator[Subject]:
    embedder, adapter = wiring.embedder(), wiring.telegram() if telegram else None
    try:
        yield Subject(
            archive=wiring.archive(),
            thumbnails=wiring.thumbnails(),
            providers=wiring.vision(),
            embedder=embedder.name if embedder else None,
            source=adapter.source if adapter else None,
            account=wiring.account(),
        )
    finally:
        if adapter is not None:
            adapter.close()
            wiring.telegram.forget()


def _show(outcome: Outcome) -> None:
    mark = "[green]✓[/]" if outcome.ok else "[red]✗[/]"
    out().print(f"{mark} [bold]{outcome.name}[/] {escape(', '.join(_counts(outcome)))}")
    for line in _lines(outcome):
        indented(out(), 4, line)


def _counts(outcome: Outcome) -> Iterator[str]:
    yield f"{outcome.checked:,} checked"
    if outcome.wrong:
        yield f"{outcome.wrong:,} wrong"
    if outcome.repaired:
        yield f"{outcome.repaired:,} mended or made due"


def _lines(outcome: Outcome) -> Iterator[str]:
    if outcome.error:
        yield f"[red]not checked to the end:[/] {escape(outcome.error)}"
    for example in outcome.examples:
        yield escape(example)
    if outcome.wrong > EXAMPLES:
        yield f"and {outcome.wrong - EXAMPLES:,} more"
    for note in outcome.notes:
        yield f"[dim]{escape(note)}[/]"
    if outcome.remedy:
        yield f"[bold]{escape(outcome.remedy)}[/]"
