"""The commands media-audit channels add, set, list, remove, and backfill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from app import db
from app.cli.actor import actor
from app.cli.fetch_options import fetch_options, given_changes
from app.cli.invitations import through_invitations
from app.cli.output import NUMBERS, OK, UNREAD, out, print_json
from app.cli.status import channel_table
from app.db import transaction
from app.local.ready import database
from app.operations import channel_acts as acts
from app.operations import channels as watched
from app.operations import fetch_rules as fetching
from app.search.filters import find_channels
from app.status import channels as stand


@click.group()
def channels() -> None:
    """The watched channels: add, set, list, remove."""


@channels.command(context_settings=NUMBERS)
@click.argument("names", nargs=-1, required=True)
@fetch_options
@click.option("--join", is_flag=True, help="Accept invitation links (t.me/+...): the account joins their channels.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def add(
    context: click.Context,
    names: tuple[str, ...],
    media: str | None,
    max_size: str | None,
    since: str | None,
    join: bool,
    as_json: bool,
) -> None:
    """Watch channels: @name, a t.me link, or the number of a private one (-100...).

    Telegram is asked by the next poll. With a number, the account must be a member of the channel. With --media,
    --max-size or --since the limits stand before the first file is fetched; `channels set` changes them.

    An invitation link (t.me/+...) is opened at once, while no worker is connected: its channel is added if the account
    is a member, or joins it by --join. Exit code 4: the owners of a channel must first accept the request to join.
    """
    limits = given_changes(media, max_size, since)
    with database():
        names, asked = through_invitations(names, join=join)
        with transaction() as session:
            did = acts.add(session, actor(), names, limits) if names else None
            added = [{"reference": channel.reference, "new": new} for channel, new in did.channels] if did else []
        changed = did.changed if did else []
        told = [_told(one) for one in changed]
    if as_json:
        whole = [one | more for one, more in zip(added, told or [{}] * len(added), strict=True)]
        print_json([*whole, *({"reference": None, "new": False, "requested": one.title} for one in asked)])
    else:
        for one in added:
            click.echo(f"{one['reference']} {'is watched from now on' if one['new'] else 'was watched already'}")
        _show(changed, told)
    context.exit(UNREAD if asked else OK)


@channels.command(name="set", context_settings=NUMBERS)
@click.argument("names", nargs=-1, required=True)
@fetch_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON; sizes are in bytes.")
def set_(names: tuple[str, ...], media: str | None, max_size: str | None, since: str | None, as_json: bool) -> None:
    """Limit the files to fetch of watched channels, or lift the limits; options that are not given stay as they are.

    A limit holds from now on, also for files that wait already; files that are here stay, and every post that is read
    keeps its words. A wider limit lets in older history and the files that were left out: they are fetched then.
    """
    limits = given_changes(media, max_size, since)
    if not limits:
        raise click.UsageError("name a limit: --media, --max-size or --since; `channels list` shows the present ones")
    with database():
        with transaction() as session:
            found = {channel.id: channel for channel in (watched.watched(session, name) for name in names)}
            _, changed = acts.limit(session, actor(), list(found.values()), limits)
        told = [_told(one) for one in changed]
    if as_json:
        print_json([{"reference": one.reference} | more for one, more in zip(changed, told, strict=True)])
    else:
        _show(changed, told)


def _told(one: fetching.Changed) -> dict[str, Any]:
    """Lets in what the new limits allow; returns the whole as JSON values."""
    return {"fetch": one.rules.as_json(), "files_due": fetching.let_in_now(one.channel), "history_due": one.history}


def _show(changed: Sequence[fetching.Changed], told: Sequence[dict[str, Any]]) -> None:
    for one, more in zip(changed, told, strict=True):
        files = more["files_due"]
        due = [f"{files:,} {'file' if files == 1 else 'files'} that were left out"] if files else []
        due += ["older history"] if one.history else []
        then = f"; due now: {', '.join(due)}" if due else ""
        click.echo(f"of {one.reference} is fetched: {one.rules}{then}")


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
        found = {channel.id: channel for channel in (watched.watched(session, name) for name in names)}
        acts.stop(session, actor(), list(found.values()))
    for channel in found.values():
        click.echo(f"{channel.reference} is not watched any more; what was read stays")


@click.command()
@click.option("--channel", "name", help="Only this one: @name, title or number.")
@click.option("--again", is_flag=True, help="From the newest post on, even where the beginning was reached.")
def backfill(name: str | None, again: bool) -> None:
    """Read the history of the watched channels: makes it due for the workers, or for the next run."""
    with database(), transaction() as session:
        chosen = None if name is None else find_channels(session, name)
        due = [channel.reference for channel in acts.backfill(session, actor(), chosen, again=again).channels]
    click.echo(f"history to read: {', '.join(due)}" if due else acts.NOTHING_TO_READ)
