"""Finds the post, file or channel that an operator names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import links
from app.domain.tombstones import Kind
from app.errors import Permanent, UserError
from app.explain.find import find_post
from app.models import Channel, MediaFile
from app.search.filters import find_channels

SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Named:
    """A thing that can be forgotten. id: of its row. label: its name for a user. name: by which `named` finds it."""

    kind: Kind
    id: int
    label: str
    name: str = ""


def named(session: Session, name: str) -> Named:
    """The thing of this name: a sha256; a permalink, CHANNEL/MESSAGE or the id of a post; a channel.

    UserError if none of them is kept.
    """
    if SHA256.fullmatch(name.strip().lower()):
        return file(session, name.strip().lower())
    if (post := find_post(session, name)) is not None:
        channel = session.get_one(Channel, post.channel_id)
        return Named(Kind.POST, post.id, f"{channel.reference}/{post.telegram_message_id}", str(post.id))
    if _is_of_a_post(name):
        # Never its channel, which the same words name elsewhere: that would go whole.
        raise UserError(f"no post {name!r} is kept: give its permalink, CHANNEL/MESSAGE, or its id (`search --json`)")
    return channel_named(session, name)


def _is_of_a_post(name: str) -> bool:
    """Whether the name can only be that of a post, kept or not."""
    if links.cleaned(name).rpartition("/")[2].isdecimal() and "/" in name:
        return True
    try:
        return links.read(name).message_id is not None
    except Permanent:
        return False


def file(session: Session, sha256: str) -> Named:
    """The file with this hash."""
    id_ = session.scalar(select(MediaFile.id).where(MediaFile.sha256 == sha256))
    if id_ is None:
        raise UserError(f"no file {sha256[:12]} is kept: `media-audit explain` names the files of a post")
    return Named(Kind.FILE, id_, sha256, sha256)


def channel_named(session: Session, name: str) -> Named:
    """The channel of this name, watched or not."""
    try:
        ids = find_channels(session, name)
    except UserError as error:
        raise UserError(
            f"{name!r} names no post, file or channel here: give a permalink, CHANNEL/MESSAGE, a whole sha256 or @name"
        ) from error
    if len(ids) > 1:
        raise UserError(f"{name!r} names more than one channel: give the number of the one to forget")
    channel = session.get_one(Channel, ids[0])
    return Named(Kind.CHANNEL, channel.id, channel.reference, channel.reference)
