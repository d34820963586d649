"""The commands media-audit reanalyze and retag: read and tag stored posts again, after showing the price."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import click
from rich.progress import Progress

from app.cli.actor import actor
from app.cli.output import err, print_json
from app.cli.show_reprocess import show_files, show_tags
from app.db import transaction
from app.errors import UserError
from app.local.ready import database
from app.reprocess import dry_run as dry
from app.reprocess import runs
from app.reprocess.dry_run import Scope, What
from app.reprocess.files import FilePlan
from app.reprocess.progress import MOST
from app.reprocess.run import first_portion
from app.reprocess.skipped_subjects import still_open
from app.reprocess.tags import TagPlan

Command = TypeVar("Command", bound=Callable[..., None])

WHERE = "Only these; several must all hold. Keys: kind, language, status, provider, version, mime, tag."


def options(command: Command) -> Command:
    """Adds the options that both commands share."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked and it costs tokens."),
        click.option(
            "--stop", "stopping", is_flag=True, help="End what is left of an earlier run; run again to resume."
        ),
        click.option("--dry-run", is_flag=True, help="Only show what it would change and cost."),
        click.option("--where", multiple=True, metavar="KEY=VALUE", help=WHERE),
        click.option("--since", help="Only posts from then on: a date (UTC), or a span such as 12h, 30d, 4w."),
        click.option("--channel", help="Only this one: @name, title or number."),
    ):
        command = option(command)
    return command


@click.command()
@options
def reanalyze(
    channel: str | None,
    since: str | None,
    where: tuple[str, ...],
    dry_run: bool,
    stopping: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Read pictures again with the recipe of today, where it differs from the one that has read them.

    A new prompt, model or schema changes nothing by itself: this does, behind live posts and within 80 % of the daily
    budget. It may be stopped and run again at any time.
    """
    _run(Scope(What.READ, channel or "", since or "", where), stopping, dry_run=dry_run, yes=yes, json=as_json)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also those where nothing changed, which costs nothing.")
@options
def retag(
    channel: str | None,
    since: str | None,
    where: tuple[str, ...],
    everything: bool,
    dry_run: bool,
    stopping: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Tag publications again that another tagger, or one with another vocabulary, has tagged."""
    scope = Scope(What.TAG, channel or "", since or "", where, everything)
    _run(scope, stopping, dry_run=dry_run, yes=yes, json=as_json)


def _run(scope: Scope, stopping: bool, *, dry_run: bool, yes: bool, json: bool) -> None:
    with database():
        if stopping:
            _stop(scope.what, json)
            return
        plan = dry.dry_run(scope, dry.ASKING, None)
        if not json:
            show_files(plan) if isinstance(plan, FilePlan) else show_tags(plan)
        enqueued = 0
        if not dry_run and plan.subjects and _agreed(plan, yes=yes):
            enqueued = _enqueue(scope, plan)
            _publish(scope.what)
    if json:
        print_json({**asdict(plan), "dry_run": dry_run, "asked_for": enqueued})
    elif enqueued:
        click.echo(f"{enqueued} asked for: `media-audit run` or running workers do it, --stop ends what is left")


def _agreed(plan: FilePlan | TagPlan, *, yes: bool) -> bool:
    if yes:
        return True
    if sys.stdin.isatty():
        act, noun = ("Read", "files") if isinstance(plan, FilePlan) else ("Tag", "publications")
        return click.confirm(f"{act} {plan.subjects:,} {noun} again?", err=True)
    if plan.tokens:
        raise UserError(f"this may cost {plan.tokens:,} tokens and nobody can be asked: repeat it with --yes")
    return True


def _enqueue(scope: Scope, plan: FilePlan | TagPlan) -> int:
    """Starts the run and carries it on to its end. Interrupted, the workers' sweeper carries it on."""
    with transaction() as session:
        number, _ = runs.begin(session, scope, plan, actor())
    before = runs.rows_of(number)  # of an interrupted one
    with Progress(console=err(), transient=True, disable=not err().is_terminal) as bar:
        task = bar.add_task("asking", total=plan.subjects)
        while (step := runs.advance(number=number)) is not None:
            bar.advance(task, step.rows)
            if step.reason:
                raise UserError(step.reason)
    return runs.rows_of(number) - before


def _publish(what: What) -> None:
    from app.tasks.publish import publish  # late: imports Celery, configured for services that run by now

    publish(first_portion(what.step))


def _stop(what: What, as_json: bool) -> None:
    with transaction() as session:
        asked = runs.request_stop(session, what, actor())
    while asked is not None and runs.advance(number=asked[0]) is not None:
        pass
    ended = runs.rows_of(asked[0]) if asked else 0
    with transaction() as session:
        left = sum(still_open(session, what.step, MOST).values())
    if as_json:
        print_json({"stopped": ended, "under_way": left})
        return
    going = f"; {left} under way come to their end" if left else ""
    click.echo(f"{ended} stopped{going}" if ended or left else "nothing was left of an earlier run")
