"""The command media-audit forget: the plan, a question, and the act."""

from __future__ import annotations

from dataclasses import asdict

import click

from app import wiring
from app.cli.actor import actor
from app.cli.output import NUMBERS, out, print_json, size
from app.db import snapshot, transaction
from app.domain.tombstones import Kind
from app.forget import begin
from app.forget.lift import lift as lift_tombstone
from app.forget.named import Named, named
from app.forget.plan import Plan, plan
from app.forget.scrub import scrub as scrub_server
from app.local.ready import database
from app.pipeline.steps.forget import erase

PRICE = {
    Kind.POST: "Other posts of its album stay, and are tagged and indexed anew.",
    Kind.FILE: "Each posting keeps its text, and is tagged and indexed anew without the file.",
    Kind.CHANNEL: "The channel is watched no longer, and its name and number are kept nowhere.",
}


@click.command(context_settings=NUMBERS)
@click.argument("what", metavar="POST|FILE|CHANNEL", required=False)
@click.option("--why", default="", help="The reason, kept with the tombstone: do not repeat what is to be forgotten.")
@click.option("--dry-run", is_flag=True, help="Only tell what would go and what would stay.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--lift", is_flag=True, help="Lift the tombstone instead: it may be stored again, and nothing comes back."
)
@click.option("--scrub", is_flag=True, help="Take the remains of all that was erased off the server's disk.")
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def forget(what: str | None, why: str, dry_run: bool, yes: bool, lift: bool, scrub: bool, json_: bool) -> None:
    """Forget a POST, a FILE or a CHANNEL for good: rows, bytes, readings, answers, events.

    POST is what `explain` takes; of an album it is the one item. FILE is a whole sha256, and goes from each post that
    has it. CHANNEL is @name or its number.
    """
    with database():
        if scrub and what is None:
            _scrub()
            return
        if what is None:
            raise click.UsageError("name a POST, a FILE or a CHANNEL, or give --scrub alone")
        if lift:
            _lift(what)
            return
        with snapshot() as session:
            found = named(session, what)
            shown = plan(session, found)
        if json_ and dry_run:
            print_json(asdict(shown))
        elif not json_:
            _show(shown)
        if dry_run:
            return
        if not yes:
            click.confirm("This cannot be undone. Forget it?", abort=True, err=True)
        tombstone, ended = _forget(found, why)
        if json_:
            print_json({**asdict(shown), "tombstone": tombstone, "erased": ended})
        elif ended:
            click.echo(f"forgotten: tombstone {tombstone}")
        else:
            click.echo(f"forgotten: tombstone {tombstone}; workers erase the rest (`media-audit status`)")


def _scrub() -> None:
    left = scrub_server(lambda line: click.echo(line, err=True))
    for problem in left:
        click.echo(f"left to you: {problem}")
    click.echo("no remains are left in the server's files" if not left else "all other remains are gone")


def _lift(name: str) -> None:
    with transaction() as session:
        lift_tombstone(session, name, actor())
    click.echo("lifted: `channels add` watches a channel anew; polls and downloads take a post or file again")


def _forget(found: Named, why: str) -> tuple[int, bool]:
    """The tombstone, and whether the erasing has ended. A worker that holds the row goes on with it."""
    with transaction() as session:
        tombstone = begin.forget(session, found, actor(), why).tombstone
    erase(wiring.archive(), wiring.thumbnails(), wiring.export_files(), [(tombstone, 0)])
    with transaction() as session:
        return tombstone, begin.is_erased(session, tombstone)


def _show(shown: Plan) -> None:
    console = out()
    least = "" if shown.whole else "at least "
    what = shown.what
    label = what.label[:12] if what.kind is Kind.FILE else what.label
    console.print(f"{what.kind} {label}", style="bold", markup=False)
    lines = [f"goes: {least}{shown.files:,} files ({size(shown.size)}), {least}{shown.readings:,} readings"]
    if what.kind is Kind.FILE:
        lines.append(f"loses it: {least}{shown.posts:,} posts")
        lines += [f"  {place}" for place in shown.postings]
    else:
        lines.insert(0, f"goes: {shown.posts:,} posts")
    if shown.questions:
        lines.append(f"loses sentences: the answers of {least}{shown.questions:,} questions")
    if shown.events:
        lines.append(f"goes: {least}{shown.events:,} events of the outbox; subscribers keep what they received")
    if shown.album:
        lines.append(f"stays: {shown.album:,} other items of its album")
    for export in shown.exports:
        lines.append(f"stays, and may have it: export {export.id} ({export.query}), in exports/{export.directory}")
    for file in shown.shared:
        lines.append(f"stays: file {file.sha256[:12]} ({size(file.size)}), with its readings, for it is posted in")
        lines += [f"  {place}" for place in file.elsewhere]
    console.print("\n".join(lines), markup=False)
    console.print(PRICE[what.kind], style="dim")
