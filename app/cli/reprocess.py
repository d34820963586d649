"""The commands media-audit reanalyze and retag: read and tag stored posts again, after showing the price."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

import click
from rich.progress import Progress
from sqlalchemy.orm import Session

from app import wiring
from app.cli.output import err, print_json
from app.cli.show_reprocess import as_json, show_files, show_tags
from app.db import transaction
from app.domain.kinds import Step
from app.errors import UserError
from app.local.ready import database
from app.reprocess import run
from app.reprocess.choice import choose
from app.reprocess.files import FilePlan, Files
from app.reprocess.skipped_subjects import still_open, stop
from app.reprocess.tags import TagPlan, Tags

P = TypeVar("P", FilePlan, TagPlan)
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
    with database():
        if stopping:
            _stop(Step.ANALYZE, as_json)
            return

        def plan(session: Session) -> FilePlan:
            return Files(session, wiring.vision(), choose(session, channel, since, where)).plan(wiring.tagger())

        found = _planned(plan, dry_run=dry_run)
        question = f"Read {found.files:,} files again?"
        _go(found, Step.ANALYZE, run.read_again, question, show_files, dry_run=dry_run, yes=yes, json=as_json)


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
    with database():
        if stopping:
            _stop(Step.TAG, as_json)
            return

        def plan(session: Session) -> TagPlan:
            choice = choose(session, channel, since, where)
            return Tags(session, wiring.tagger(), choice, everything=everything).plan()

        found = _planned(plan, dry_run=dry_run)
        question = f"Tag {found.publications:,} publications again?"
        _go(found, Step.TAG, run.tag_again, question, show_tags, dry_run=dry_run, yes=yes, json=as_json)


def _planned(plan: Callable[[Session], P], *, dry_run: bool) -> P:
    with transaction() as session:
        found = plan(session)
        if dry_run:
            session.rollback()  # not even a recipe is registered
        return found


def _go(
    plan: P,
    step: Step,
    enqueue: Callable[[list[tuple[int, int]]], Iterator[tuple[int, int]]],
    question: str,
    show: Callable[[P], None],
    *,
    dry_run: bool,
    yes: bool,
    json: bool,
) -> None:
    if not json:
        show(plan)
    enqueued = 0
    if not dry_run and plan.keys and _agreed(plan.tokens, question, yes=yes):
        enqueued = _enqueue(enqueue(plan.keys), len(plan.keys))
        _publish(step)
    if json:
        print_json({**as_json(plan), "dry_run": dry_run, "asked_for": enqueued})
    elif enqueued:
        click.echo(f"{enqueued} asked for: `media-audit run` or running workers do it, --stop ends what is left")


def _agreed(tokens: int, question: str, *, yes: bool) -> bool:
    if yes:
        return True
    if sys.stdin.isatty():
        return click.confirm(question, err=True)
    if tokens:
        raise UserError(f"this may cost {tokens:,} tokens and nobody can be asked: repeat it with --yes")
    return True


def _enqueue(parts: Iterator[tuple[int, int]], total: int) -> int:
    enqueued = 0
    with Progress(console=err(), transient=True, disable=not err().is_terminal) as bar:
        task = bar.add_task("asking", total=total)
        for done, rows in parts:
            enqueued += rows
            bar.advance(task, done)
    return enqueued


def _publish(step: Step) -> None:
    from app.tasks.publish import publish  # late: imports Celery, configured for services that run by now

    publish(run.first_portion(step))


def _stop(step: Step, as_json: bool) -> None:
    ended = stop(step)
    with transaction() as session:
        left = still_open(session, step)
    if as_json:
        print_json({"stopped": ended, "under_way": sum(left.values())})
        return
    going = f"; {sum(left.values())} under way come to their end" if left else ""
    click.echo(f"{ended} stopped{going}" if ended or left else "nothing was left of an earlier run")
