"""The command media-audit similar: every posting of a picture, near ones with their distance, and the first of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from app import wiring
from app.cli.output import NUMBERS, out, print_json
from app.cli.show_similar import as_json, show
from app.db import transaction
from app.domain.look_alikes import FARTHEST, NEAR
from app.errors import UserError
from app.explain.find import NUMBER, find
from app.local.ready import database
from app.models import MediaFile
from app.search import pictures
from app.search.similar import Asked, Place, Similar, fill_left
from app.search.similar import similar as search

UNKNOWN = (
    "{!r} is no file of the archive, no post and no file on this disk: give 8 or more digits of a sha256, a post as "
    "`explain` takes it, or the path of a picture"
)


@dataclass(frozen=True)
class Choice:
    """The pictures that a person names, and the files of which no look-alikes are kept, each with the reason."""

    asked: tuple[Asked, ...]
    left_out: tuple[tuple[str, str], ...] = ()


@click.command(context_settings=NUMBERS)
@click.argument("what", metavar="PICTURE|POST|FILE")
@click.option(
    "--bits",
    type=click.IntRange(0, FARTHEST),
    default=NEAR,
    show_default=True,
    help="Bits of 64 in which the hashes of near pictures may differ.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="Postings of each picture.")
@click.option("--cursor", help="Go on behind a page: its `next`.")
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def similar(what: str, bits: int, limit: int, cursor: str | None, json_: bool) -> None:
    """Find every posting of a picture, near ones with their distance, and the first of all.

    PICTURE is a sha256 or its first 8 digits or more, POST a post as `explain` takes it, FILE the path of a picture. A
    post stands for all pictures of its album.
    """
    after = _place(cursor) if cursor else None
    with database():
        on_disk = _on_disk(Path(what)) if _is_file(what) else None
        with transaction() as session:
            choice = _known(session, on_disk) if on_disk else _named(session, what)
            if after and len(choice.asked) > 1:
                raise UserError("--cursor goes on with one picture: name it by its sha256")
            found = [(asked, search(session, asked, bits, limit, after)) for asked in choice.asked]
            left = fill_left(session)
    if left:
        click.echo("older pictures are still being placed: {:,} of {:,} files".format(*left), err=True)
    _print(found, choice.left_out, bits, json_=json_)


def _print(
    found: Sequence[tuple[Asked, Similar]], left_out: Iterable[tuple[str, str]], bits: int, *, json_: bool
) -> None:
    if json_:
        left: list[dict[str, Any]] = [{"sha256": sha256, "why": why} for sha256, why in left_out]
        print_json({"bits": bits, "pictures": [as_json(*one) for one in found], "left_out": left})
        return
    for asked, one in found:
        show(out(), asked, one, bits)
    for sha256, why in left_out:
        out().print(f"\n[dim]{sha256[:12]}: {why}[/]")


def _is_file(what: str) -> bool:
    """Whether it is the path of a file; a text that is too long for a path is none."""
    try:
        return Path(what).is_file()
    except OSError:
        return False


def _on_disk(path: Path) -> Asked:
    media, facts = wiring.look(path)
    if facts.phash is None or pictures.is_empty(facts.phash, facts.inspection.flat):
        raise UserError(f"{path} is {pictures.EMPTY}")
    return Asked(media.sha256, facts.phash)


def _known(session: Session, asked: Asked) -> Choice:
    file = pictures.by_sha256(session, asked.sha256)
    return Choice((Asked(asked.sha256, asked.phash, file.id if file else None),))


def _named(session: Session, what: str) -> Choice:
    """The pictures of a file or post. UserError if it is neither, or if no look-alikes are kept of it."""
    digits = what.lower()
    file = pictures.by_sha256(session, digits) if pictures.SHA256.fullmatch(digits) else None
    files = [file] if file else _of_post(session, what)
    reasons = {one.sha256: why for one in files if (why := pictures.why_not(one))}
    if not files:
        raise UserError(f"{what} shows no file that is kept")
    if len(reasons) == len(files):
        raise UserError("; ".join(f"file {sha256[:12]} is {why}" for sha256, why in reasons.items()))
    return Choice(tuple(_asked(files)), tuple(reasons.items()))


def _asked(files: Iterable[MediaFile]) -> Iterator[Asked]:
    for file in files:
        if file.phash is not None and pictures.why_not(file) is None:
            yield Asked(file.sha256, file.phash, file.id)


def _of_post(session: Session, what: str) -> Sequence[MediaFile]:
    try:
        publication = find(session, what)
    except UserError as error:
        if "t.me/" in what or NUMBER.fullmatch(what.rpartition("/")[2]):
            raise
        raise UserError(UNKNOWN.format(what)) from error
    return pictures.of_publication(session, publication.id)


def _place(cursor: str) -> Place:
    try:
        return Place.read(cursor)
    except ValueError as error:
        raise UserError(f"--cursor {cursor!r} is none: take the `next` of a page") from error
