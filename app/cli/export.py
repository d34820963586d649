"""The commands media-audit export and exports."""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app import wiring
from app.ask.waiting import no_worker
from app.cli.actor import actor
from app.cli.output import CRASHED, OK, TIMED_OUT, err, out, print_json
from app.cli.show_export import show_export, show_exports
from app.cli.words import QueryCommand
from app.db import transaction
from app.domain.export.plan import ExportState, Format
from app.domain.flow import Call
from app.domain.kinds import Step
from app.errors import UserError
from app.exports.acts import LANGUAGES, Made, delete, fetched, make
from app.exports.listed import ExportShown, export_of, exports
from app.local.ready import database

LOOK = 0.5  # seconds between two looks at the row
PATIENT = 3.0  # seconds after which a user who waits is told that no worker runs


@click.command("export", cls=QueryCommand)
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@click.option(
    "--format",
    "formats",
    type=click.Choice([one.value for one in Format]),
    multiple=True,
    default=[Format.JSONL.value],
    show_default=True,
    help="May be given several times.",
)
@click.option("--no-media", is_flag=True, help="Leave out the pictures and files.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the HTML.")
@click.option("--out", "target", type=click.Path(path_type=Path), help="Copy it to this new directory, too.")
@click.option("--wait", is_flag=True, help="Wait until it is whole; --out waits, too.")
@click.option("--timeout", type=click.FloatRange(0), default=86_400.0, help="Seconds to wait.  [default: a day]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def export(
    words: tuple[str, ...],
    formats: tuple[str, ...],
    no_media: bool,
    language: str,
    target: Path | None,
    wait: bool,
    timeout: float,
    as_json: bool,
) -> int:
    """Export the posts that QUERY matches, as `search --order date` shows them, with a signed manifest.

    Workers write it below exports/ of the home: start them with `media-audit up`. A query is written as in `search`:
    channel:news after:2026-01-01 has:ocr. docs/export.md tells how to check the files.
    """
    if target is not None:
        _refuse_existing(target)
    with database():
        made = _ask(" ".join(words), formats, media=not no_media, language=language)
        found = _await(made.id, timeout) if wait or target is not None else _read(made.id)
        if target is not None and found.state is ExportState.DONE:
            _copy(made.id, target)
        print_json(asdict(found)) if as_json else show_export(out(), found, target)
        return _code(found, waited=wait or target is not None)


@click.group("exports")
def exports_group() -> None:
    """Show and delete exports; print the public key that belongs to their signatures."""


@exports_group.command("list")
@click.option("--cursor", help="Of the page before.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(cursor: str | None, as_json: bool) -> None:
    """Show exports and their progress, the newest first."""
    with database(), transaction() as session:
        found = exports(session, cursor=cursor)
    print_json(asdict(found)) if as_json else show_exports(out(), found)


@exports_group.command("delete")
@click.argument("number", type=int)
def delete_(number: int) -> None:
    """Delete the export NUMBER with its files, whole or not."""
    with database():
        delete(wiring.export_files(), actor(), number)
    out().print(f"export {number} is deleted")


@exports_group.command()
def key() -> None:
    """Print the public key of this home in PEM, for `verify-export --key`."""
    click.echo(wiring.export_files().public_key(), nl=False)


def _ask(query: str, formats: tuple[str, ...], *, media: bool, language: str) -> Made:
    with transaction() as session:
        made = make(session, actor(), query, formats=set(map(Format, formats)), media=media, language=language)
    _publish(made.call)
    return made


def _await(number: int, timeout: float) -> ExportShown:
    """The export once it is whole, failed or waits, or when the time is up. It goes on without the command."""
    began, alone = time.monotonic(), False
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*columns, console=err(), transient=True, disable=not err().is_terminal) as bar:
        task = bar.add_task(f"export {number}", total=None)
        while True:
            found, waited = _read(number), time.monotonic() - began
            bar.update(task, total=found.share and 1.0, completed=found.share or 0.0, description=_progress(found))
            if found.state is not ExportState.MAKING or waited > timeout:
                return found
            if not alone and waited > PATIENT:
                alone = True
                if remark := _alone():
                    err().print(remark)
                    return found
            time.sleep(LOOK)


def _progress(one: ExportShown) -> str:
    return f"export {one.id}: {one.publications:,} publications, {one.media_files:,} files"


def _alone() -> str | None:
    with transaction() as session:
        return no_worker(session, Step.EXPORT)


def _read(number: int) -> ExportShown:
    with transaction() as session:
        return export_of(session, number)


def _copy(number: int, target: Path) -> None:
    """Copies a whole export to a new directory: under another name until all of it is there."""
    with transaction() as session:
        source = fetched(session, wiring.export_files(), actor(), number)
    fresh = target.with_name(f".{target.name}.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        shutil.copytree(source, fresh)
        fresh.rename(target)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(fresh, ignore_errors=True)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserError(f"cannot copy the export to {target}: {reason}; it is whole at {source}") from error


def _refuse_existing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise UserError(f"{target} exists: --out makes a new directory")
    if not target.absolute().parent.is_dir():
        raise UserError(f"{target.absolute().parent} is no directory: make it first")


def _code(found: ExportShown, *, waited: bool) -> int:
    if found.state is ExportState.FAILED:
        return CRASHED
    return OK if not waited or found.state is ExportState.DONE else TIMED_OUT


def _publish(call: Call) -> None:
    from app.tasks.publish import publish  # late: imports Celery, configured for services that run by now

    publish([call])
