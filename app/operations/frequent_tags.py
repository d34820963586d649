"""Counts the tags of the archive, and writes the frequent ones to a file for a person to edit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from app.domain.frequent_tags import TagCount, draft
from app.domain.tags import normalise_tag
from app.errors import UserError
from app.search.filters import find_channels

# Documents have the tags of today, those of before are in tag_changes alone. PostgreSQL groups them beside its own
# work_mem, on disk where that is too little, and hands over as many rows as the file gets: the memory of this process
# does not grow with the archive. All documents are read once: this is a command, no request.
_COUNTED = """
    SELECT tag, count(*) AS n
    FROM (
        SELECT DISTINCT publication_id, unnest(tag_list) AS tag
        FROM search_documents WHERE deleted_at IS NULL {only}
    ) AS carried
    GROUP BY tag HAVING count(*) >= :least
    ORDER BY n DESC, tag COLLATE "C" LIMIT :limit
"""
_ONLY = "AND channel_id IN :channels"  # idx_search_documents_channel_id_moment


def frequent_tags(session: Session, channel: str | None, least: int, limit: int) -> list[TagCount]:
    """The tags that at least so many publications carry now, most frequent first, then by code point.

    Deleted publications do not count. UserError for a channel that is not watched.
    """
    values: dict[str, object] = {"least": least, "limit": limit}
    if channel is None:
        query = text(_COUNTED.format(only=""))
    else:
        query = text(_COUNTED.format(only=_ONLY)).bindparams(bindparam("channels", expanding=True))
        values["channels"] = find_channels(session, channel)
    counted = session.execute(query, values)
    # A tag of an older release may be none by the rules of today, and the file must be usable as it is.
    return [TagCount(tag, number) for tag, number in counted if normalise_tag(tag) == tag]


def write_draft(place: Path, found: Sequence[TagCount], *, force: bool) -> None:
    """Writes the file as a whole or not at all. UserError if it exists, without force, or cannot be written."""
    if place.exists() and not force:
        raise UserError(f"{place} exists, and may hold a vocabulary that you edited: name another, or add --force")
    new = place.with_name(f".{place.name}.{os.getpid()}.new")
    try:
        new.write_text(draft(found), encoding="utf-8")
        # By name, so that a file that came in between is not overwritten either.
        new.replace(place) if force else os.link(new, place)
    except FileExistsError as error:
        raise UserError(f"{place} exists: name another file, or add --force") from error
    except OSError as error:
        raise UserError(f"{place} cannot be written: {error.strerror}") from error
    finally:
        new.unlink(missing_ok=True)
