"""The commands media-audit channels add, list, remove, and backfill."""

from __future__ import annotations

from dataclasses import asdict

import click

from app import db
from app.cli.output import NUMBERS, out, print_json
from app.cli.status import channel_table
from app.db import transaction
from app.local.ready import database
from app.operations import channels as watched
from app.search.filters import find_channels
from app.status import overview as stand


@click.group()
def channels() -> None:
    """The watched channels: add, list, remove."""


@channels.command(context_settings=NUMBERS)
@click.argument("names", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add(names: tuple[str, ...], as_json: bool) -> None:
    """Watch channels: @name, a t.me link, or the number of a private one (-100...).

    Telegram is asked by the next poll. With a number, the account must be a member of the channel.
    """
    with database(), transaction() as session:
        added = [{"reference": channel.reference, "new": new} for channel, new in watched.add(session, names)]
    if as_json:
        print_json(added)
        return
    for one in added:
        click.echo(f"{one['reference']} {'is watched from now on' if one['new'] else 'was watched already'}")


@channels.command(name="list")
@click.option("--all", "disabled", is_flag=True, help="Also those that were removed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; ages are in seconds.")
def list_(disabled: bool, as_json: bool) -> None:
    """Show the watched channels."""
    with database(), transaction() as session:
        now = db.now(session)
        found = stand.channels(session, now, disabled=disabled)
    if as_json:
        print_json([asdict(channel) for channel in found])
    else:
        out().print(channel_table(found))


@channels.command(context_settings=NUMBERS)
@click.argument("names", nargs=-1, required=True)
def remove(names: tuple[str, ...]) -> None:
    """Watch channels no more. Everything that was read stays; `channels add` goes on where it stopped."""
    with database(), transaction() as session:
        removed = [watched.remove(session, name).reference for name in names]
    for reference in removed:
        click.echo(f"{reference} is not watched any more; what was read stays")


@click.command()
@click.option("--channel", "name", help="Only this one: @name, title or number.")
@click.option("--again", is_flag=True, help="From the newest post on, even where the beginning was reached.")
def backfill(name: str | None, again: bool) -> None:
    """Read the history of the watched channels: makes it due for the workers, or for the next run."""
    with database(), transaction() as session:
        chosen = None if name is None else find_channels(session, name)
        due = [channel.reference for channel in watched.backfill(session, chosen, again=again)]
    if due:
        click.echo(f"history to read: {', '.join(due)}")
    else:
        click.echo("nothing to read: each history has been read to its beginning, or its channel was never polled")
