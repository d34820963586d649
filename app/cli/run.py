"""The command media-audit run: runs the flow over the watched channels once, until it is idle."""

from __future__ import annotations

import time

import click
from sqlalchemy import func, select

from app.cli.actor import actor
from app.cli.output import NUMBERS, OK, TIMED_OUT, UNREAD, err, out, print_json
from app.cli.progress import flow_bar
from app.cli.show import show_report
from app.db import transaction
from app.local.fleet import fleet
from app.local.ready import database
from app.models import Channel
from app.operations import channel_acts as acts
from app.operations import run_until_idle
from app.operations.progress import Progress
from app.settings import Settings, get_settings
from app.status.run_report import Report, Snapshot, report, snapshot


@click.command(
    context_settings=NUMBERS,
    epilog="Exit codes: 0 nothing is left to do, 1 after a crash, 2 for a wrong setting or argument, 3 on timeout, "
    "4 when something could not be read (a channel, history, a picture, the store), which the report names.",
)
@click.argument("channels", nargs=-1)
@click.option("--until-idle", is_flag=True, required=True, help="End when everything has been read, tagged, indexed.")
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds; then end with exit code 3 and the report.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def run(
    context: click.Context, channels: tuple[str, ...], until_idle: bool, timeout: float | None, as_json: bool
) -> None:
    """Read the watched channels to their end, whole history included, then report.

    CHANNELS (@name, t.me link or number) are added to the watched ones first. Files that nobody can read, unknown and
    dead work do not hold up the end: the report names them.
    """
    run_until_idle.check(get_settings())
    with database() as settings:
        with transaction() as session:
            if channels:
                acts.add(session, actor(), channels, {})
            run_until_idle.require_channels(session.scalar(select(func.count()).where(Channel.enabled)) or 0)
        done = run_once(settings, timeout)
    if as_json:
        print_json(done.as_json())
    else:
        show_report(out(), done)
    context.exit(_code(done))


def _code(done: Report) -> int:
    """The exit code; other programs rely on it."""
    if not done.idle:
        return TIMED_OUT
    return UNREAD if done.problems else OK


def run_once(settings: Settings, timeout: float | None) -> Report:
    """Starts the workers, waits until the flow is idle or `timeout` seconds have passed, stops them, and reports."""
    began = time.monotonic()
    with transaction() as session:
        before = snapshot(session)
    run = fleet(settings, first=run_until_idle.free_orphans)
    with run as processes, flow_bar(err(), "starting the workers") as notice:
        state = run_until_idle.until_idle(settings, processes, notice, timeout)
        notice.say("stopping the workers")
        processes.end()
        # Nothing changes any more once the flow is idle, so the report need not wait for the workers' end.
        done = _report(before, began, state) if state.idle else None
    return done or _report(before, began, state)


def _report(before: Snapshot, began: float, state: Progress) -> Report:
    with transaction() as session:
        return report(session, before, time.monotonic() - began, idle=state.idle, open=str(state))
