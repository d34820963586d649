"""media-audit status: how things stand."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import click
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from app.cli.money import money_line, provider_table, waiting_table
from app.cli.output import ago, out, print_json, short, titled
from app.cli.ready import database
from app.db import transaction
from app.status import ChannelStatus, ProcessStatus, StageStatus, Status
from app.status import status as ask
from app.trouble import Trouble

STATES = ("due", "later", "leased", "waiting", "unknown", "dead", "done", "skipped")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON; ages are in seconds.")
def status(as_json: bool) -> None:
    """Show channels and how fresh they are, the work of each step, and which processes live."""
    with database(), transaction() as session:
        now = ask(session)
    if as_json:
        print_json(as_dict(now))
    else:
        out().print(overview(now))


def as_dict(now: Status) -> dict[str, Any]:
    """JSON values, after `default=str` for moments."""
    providers = [{**asdict(one), "state": one.state} for one in now.providers]
    return {**asdict(now), "providers": providers}


def overview(now: Status) -> Group:
    """Channels, work and what waits, paid providers where there are any, processes."""
    tables = [channel_table(now.channels), _stages(now)]
    tables += [waiting_table(now.waiting, now.at)] if now.waiting else []
    tables += [provider_table(now.providers, now.at)] if now.providers else []
    tables += [_troubles(now.troubles)] if now.troubles else []
    return Group(*tables, _processes(now.processes))


def glance(now: Status, lines: int) -> Group:
    """The same within so many lines: work that is open, who lives, and the channels that need a look first."""
    open_ = {step: stage for step, stage in now.stages.items() if any(getattr(stage, name) for name in STATES[:6])}
    done = sum(stage.done + stage.skipped for stage in now.stages.values())
    paid = [money_line(now.providers, now.at)] if now.providers else []
    room = max(3, lines - 8 - len(open_) - len(paid) - len(now.troubles[:1]))
    urgent = sorted(now.channels, key=lambda c: (c.error is None, -(c.fresh or 1e9)))
    more = f"  [dim]and {len(urgent) - room} more, all fresher[/]" if len(urgent) > room else ""
    work = _stages(replace(now, stages=open_)) if open_ else "\n[bold]work[/]  nothing to do"
    alive = ", ".join(process.name for process in now.processes if process.alive) or "nobody yet"
    silent = ", ".join(process.name for process in now.processes if not process.alive)
    lives = f"\n[bold]alive[/]  {alive}" + (f"  [red]silent: {silent}[/]" if silent else "")
    wrong = [f"[red]{escape(short(one.what))}[/]" for one in now.troubles[:1]]
    return Group(channel_table(urgent[:room]), more, work, *paid, f"[dim]{done:,} steps done[/]", lives, *wrong)


def channel_table(channels: list[ChannelStatus]) -> Table:
    """A line a channel."""
    table = titled("channels")
    table.add_column("", overflow="fold")
    table.add_column("", max_width=34, overflow="ellipsis")
    table.add_column("posts", justify="right")
    table.add_column("to read", justify="right")
    table.add_column("polled", justify="right")
    table.add_column("fresh", justify="right")
    for channel in channels:
        title = f"[red]{escape(channel.error)}[/]" if channel.error else escape(channel.title)
        if not channel.enabled:
            title += " [dim](removed)[/]"
        left = "?" if channel.history_left is None else f"{channel.history_left:,}" if channel.history_left else ""
        table.add_row(channel.reference, title, f"{channel.posts:,}", left, ago(channel.polled), ago(channel.fresh))
    if not channels:
        table.add_row("none yet", "add one: media-audit channels add @name")
    return table


def _stages(now: Status) -> Table:
    table = titled("work")
    table.add_column("")
    for name in STATES:
        table.add_column(name, justify="right")
    table.add_column("oldest due", justify="right")
    for step, stage in now.stages.items():
        table.add_row(step.value, *(_number(stage, name) for name in STATES), ago(stage.oldest) if stage.due else "")
    if now.unsent_events:
        table.add_row("events", f"{now.unsent_events:,}")
    if not now.stages:
        table.add_row("nothing yet")
    return table


def _number(stage: StageStatus, name: str) -> str:
    count: int = getattr(stage, name)
    if not count:
        return ""
    return f"[red]{count:,}[/]" if name in ("unknown", "dead") else f"{count:,}"


def _troubles(found: list[Trouble]) -> Table:
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
    for process in processes:
        seen = f"{ago(process.seen)} ago"
        table.add_row(process.name, str(process.pid), process.queues, seen if process.alive else f"[red]{seen}[/]")
    if not processes:
        table.add_row("none: start them with media-audit up, or media-audit run --until-idle")
    return table
