"""The commands media-audit sweep and dead: publish due work again, list and retry work that was given up."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.markup import escape
from rich.table import Table

from app.cli.actor import actor
from app.cli.output import out, print_json
from app.db import transaction
from app.domain.flow import Next
from app.domain.kinds import State, Step
from app.local.ready import database
from app.operations.retry import given_up
from app.operations.work_acts import retry as retry_work
from app.pipeline.engine import sweep as sweeper


@click.command()
def sweep() -> None:
    """Publish again what is due and silent, once; beat does the same every few seconds while workers run."""
    from app.tasks.depth import busy_steps  # late: imports Celery, configured for services that run by now

    with database():
        calls = sweeper.sweep(busy_steps())
        _publish(calls)
    click.echo(f"{sum(len(call.keys) for call in calls if hasattr(call, 'keys'))} steps published")


@click.group()
def dead() -> None:
    """Work that was given up: list it, retry it."""


@dead.command(name="list")
@click.option("--unknown", is_flag=True, help="Work whose outcome is unknown, instead of dead work.")
@click.option("--step", type=click.Choice([step.value for step in Step]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(unknown: bool, step: str | None, as_json: bool) -> None:
    """Show what was given up, and why."""
    with database(), transaction() as session:
        found = given_up(session, _state(unknown), Step(step) if step else None)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table = Table(box=None, pad_edge=False)
    for name in ("id", "step", "of", "attempts", "why"):
        table.add_column(name, justify="right" if name in ("id", "attempts") else "left")
    for one in found:
        table.add_row(str(one.id), one.step, one.subject, str(one.attempts), escape(one.error or ""))
    out().print(table if found else "nothing")


@dead.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="All of it.")
@click.option("--unknown", is_flag=True, help="Work whose outcome is unknown: a paid call may be paid again.")
@click.option("--step", type=click.Choice([step.value for step in Step]))
def retry(ids: tuple[int, ...], everything: bool, unknown: bool, step: str | None) -> None:
    """Make given-up work due again, by its IDS or --all, and what hangs on it."""
    if bool(ids) is everything:
        raise click.UsageError("say which: IDS as `dead list` shows them, or --all")
    with database(), transaction() as session:
        chosen = None if everything else ids
        did = retry_work(session, actor(), _state(unknown), ids=chosen, step=Step(step) if step else None)
    click.echo(f"{did.rows} due again")


def _state(unknown: bool) -> State:
    return State.UNKNOWN if unknown else State.DEAD


def _publish(calls: list[Next]) -> None:
    from app.tasks.publish import publish  # late, as above

    publish(calls)
