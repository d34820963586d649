"""The command media-audit vocabulary: a draft of TAG_VOCABULARY from the tags of the archive."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.output import NUMBERS, out
from app.db import snapshot
from app.errors import UserError
from app.local.ready import database
from app.operations.frequent_tags import frequent_tags, write_draft


@click.group()
def vocabulary() -> None:
    """Draft a vocabulary of tags (TAG_VOCABULARY)."""


@vocabulary.command(context_settings=NUMBERS)
@click.option(
    "--out",
    "place",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("vocabulary.txt"),
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--least", type=click.IntRange(min=1), default=3, show_default=True, help="Tags of so many publications or more."
)
# As many as fit into the question of a paid tagger (TAGGER_INPUT_TOKENS).
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="So many tags at most.")
@click.option("--channel", help="Only tags of this one: @name, title or number.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
def learn(place: Path, least: int, limit: int, channel: str | None, force: bool) -> None:
    """Write the frequent tags of the archive to a file, for you to edit.

    Nothing is learned by itself: the vocabulary is part of what tags depend on, so the file counts from when
    TAG_VOCABULARY names it.
    """
    place = place.expanduser().absolute()
    with database(), snapshot() as session:
        found = frequent_tags(session, channel, least, limit)
    if not found:
        raise UserError(f"no tag is on {least} publications or more: ask for fewer with --least")
    write_draft(place, found, force=force)
    out().print(f"{len(found)} tags in {place}: edit it, then set TAG_VOCABULARY={place}", markup=False, soft_wrap=True)
