"""The command media-audit status: shows channels, work, processes, providers, services and problems."""

from __future__ import annotations

import click
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from app.cli import watch_status
from app.cli.cost_tables import provider_table, waiting_table
from app.cli.fetch_options import left_out_words
from app.cli.output import ago, out, print_json, short, titled
from app.cli.screen import number, screen
from app.db import transaction
from app.local.ready import database
from app.status.channels import ChannelStatus
from app.status.overview import ProcessStatus, Status, as_dict
from app.status.overview import status as ask
from app.status.problems import Problem
from app.status.services import ServiceStatus

STATES = ("due", "later", "leased", "waiting", "unknown", "dead", "done", "skipped")


@click.command(epilog="Exit codes: 0 also after Ctrl-C, 1 when the database does not answer.")
@click.option("--watch", is_flag=True, help="Go on showing it, until Ctrl-C.")
@click.option("--every", default=2.0, type=click.FloatRange(min=0.2), show_default=True, help="Seconds, with --watch.")
@click.option("--all", "everything", is_flag=True, help="Every channel and step, however many lines that takes.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON; ages are in seconds. With --watch, a line each time."
)
def status(watch: bool, every: float, everything: bool, as_json: bool) -> None:
    """Show on one screen what needs a look first: troubles, channels and how fresh they are, work, processes, services.

    Into a file or pipe it prints everything, as plain text.
    """
    with database():
        if watch:
            watch_status.watch(every, as_json=as_json)
            return
        with transaction() as session:
            now = ask(session)
    console = out()
    if as_json:
        print_json(as_dict(now))
    elif everything or not console.is_terminal:
        console.print(overview(now))
    else:
        console.print(screen(now, console.width, console.height - 1))  # one line less, for the prompt below


def overview(now: Status) -> Group:
    """The full status: channels, work, waiting work, paid providers if any, problems, processes, services."""
    tables = [channel_table(now.channels), _stages(now)]
    tables += [waiting_table(now.waiting, now.at)] if now.waiting else []
    tables += [provider_table(now.providers, now.at)] if now.providers else []
    tables += [_troubles(now.troubles)] if now.troubles else []
    return Group(*tables, _processes(now.processes), _services(now.services))


def channel_table(channels: list[ChannelStatus]) -> Table:
    """One line for each channel."""
    table = titled("channels")
    table.add_column("", overflow="fold")
    table.add_column("", max_width=34, overflow="ellipsis")
    table.add_column("posts", justify="right")
    table.add_column("to read", justify="right")
    table.add_column("polled", justify="right")
    table.add_column("fresh", justify="right")
    limited = any(channel.limits or channel.left_out.files for channel in channels)
    if limited:
        table.add_column("fetched", overflow="fold")
        table.add_column("left out", justify="right")
    for channel in channels:
        title = f"[red]{escape(channel.error)}[/]" if channel.error else escape(short(channel.title))
        if channel.restriction:
            title += " [red](restricted by Telegram)[/]"
        if not channel.enabled:
            title += " [dim](removed)[/]"
        left = "?" if channel.history_left is None else f"{channel.history_left:,}" if channel.history_left else ""
        fresh = f"[red]{ago(channel.fresh)}, stale[/]" if channel.stale else ago(channel.fresh)
        chosen = [channel.limits or "all media", _left_out(channel)] if limited else []
        table.add_row(channel.reference, title, f"{channel.posts:,}", left, ago(channel.polled), fresh, *chosen)
    if not channels:
        table.add_row("none yet", "add one: media-audit channels add @name")
    return table


def _left_out(channel: ChannelStatus) -> str:
    """Files and history that the limits of the channel leave out."""
    files = [left_out_words(channel.left_out)] if channel.left_out.files else []
    return "\n".join([*files, *(["older history"] if channel.history_left_out else [])])


def _stages(now: Status) -> Table:
    table = titled("work")
    table.add_column("")
    for name in STATES:
        table.add_column(name, justify="right")
    table.add_column("oldest due", justify="right")
    for step, stage in now.stages.items():
        table.add_row(step.value, *(number(stage, name) for name in STATES), ago(stage.oldest) if stage.due else "")
    if now.unsent_events:
        table.add_row("events", f"{now.unsent_events:,}")
    if not now.stages:
        table.add_row("nothing yet")
    return table


def _troubles(found: list[Problem]) -> Table:
    table = titled("what is wrong")
    table.add_column("", overflow="fold")
    table.add_column("work that waits for it", justify="right")
    for one in found:
        table.add_row(f"[red]{escape(one.what)}[/]", f"{one.count:,}" if one.count else "")
    return table


def _processes(processes: list[ProcessStatus]) -> Table:
    table = titled("processes")
    table.add_column("")
    table.add_column("pid", justify="right")
    table.add_column("serves", max_width=40, overflow="ellipsis")
    table.add_column("seen")
    table.add_column("busy", justify="right")
    table.add_column("", overflow="fold")
    for one in processes:
        seen = f"{ago(one.seen)} ago"
        remark = f"[red]{escape(one.trouble)}[/]" if one.trouble else "" if one.alive else "ended"
        busy = ago(one.busy) if one.busy else ""
        table.add_row(one.name, str(one.pid), one.queues, f"[red]{seen}[/]" if one.trouble else seen, busy, remark)
    if not processes:
        table.add_row("none: start them with media-audit up, or media-audit run --until-idle")
    return table


def _services(services: list[ServiceStatus]) -> Table:
    table = titled("services")
    for _ in range(3):
        table.add_column("", overflow="fold")
    for one in services:
        table.add_row(one.name, one.address, one.version if one.answers else "[red]does not answer[/]")
    return table
