"""The first transaction of forgetting: tombstone, row of work, audit entry, and the first portion of rows.

From its commit on nothing stores the thing again, and the step `forget` erases the rest of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access import audit
from app.domain import tombstones as domain
from app.domain.access.audited import Acted, Actor
from app.domain.flow import Call, Next
from app.domain.kinds import Step
from app.domain.tombstones import Kind
from app.errors import UserError
from app.forget.named import Named
from app.models import Channel, Forgetting, MediaFile, Post, PostMedia, Tombstone, Work
from app.pipeline.engine import erased_work, work
from app.pipeline.engine.row_by_row import named
from app.pipeline.posts import tombstones
from app.pipeline.posts.channels import lock_channel
from app.pipeline.posts.erasing import exports, files, late_files
from app.pipeline.posts.erasing.portions import erase_at_once, erase_portion
from app.pipeline.posts.identity import names_by_channel

ACTS = {Kind.POST: Acted.POST_FORGET, Kind.FILE: Acted.FILE_FORGET, Kind.CHANNEL: Acted.CHANNEL_FORGET}


@dataclass(frozen=True)
class Begun:
    """tombstone: its id, by which the audit entry names the thing. entry: number of the audit entry."""

    tombstone: int
    entry: int


def forget(session: Session, what: Named, actor: Actor, why: str = "") -> Begun:
    """Forgets a thing: begins in this transaction, which the caller commits at once."""
    tombstone, nexts = BEGIN[what.kind](session, what.id, actor.name, why)
    session.get_one(Tombstone, tombstone).erased_at = None
    session.flush()
    work.requeue(session, Step.FORGET, [(tombstone, 0)], hint=0.0)
    exports.begin_anew(session, tombstone)
    _publish_soon(session, nexts)
    # Not the name of the thing: an entry stays for ever.
    entry = audit.record(session, actor, ACTS[what.kind], f"tombstone {tombstone}")
    return Begun(tombstone, entry)


def is_erased(session: Session, tombstone: int) -> bool:
    """Whether the last row and byte of it went."""
    return session.get_one(Tombstone, tombstone).erased_at is not None


def _post(session: Session, id_: int, by: str, why: str) -> tuple[int, tuple[Next, ...]]:
    files.lock_stars(session)
    post = session.get_one(Post, id_)
    channel = lock_channel(session, post.channel_id)
    identity = domain.post(_number(channel), post.telegram_message_id)
    tombstone = tombstones.lay(session, Kind.POST, identity, by=by, why=why)
    _begin(session, tombstone)
    return tombstone, erase_at_once(session, tombstone, id_)


def _file(session: Session, id_: int, by: str, why: str) -> tuple[int, tuple[Next, ...]]:
    late_files.lay_alone(session)
    files.lock_stars(session)
    sha256 = session.get_one(MediaFile, id_).sha256
    tombstone = tombstones.lay(session, Kind.FILE, sha256, by=by, why=why)
    keys = select(PostMedia.telegram_key).where(PostMedia.sha256 == sha256, PostMedia.telegram_key != "").distinct()
    for key in session.scalars(keys).all():
        tombstones.lay(session, Kind.TELEGRAM_FILE, key, by=by, why=why, of=tombstone)
    _begin(session, tombstone, sha256=sha256)
    return tombstone, erase_portion(session, tombstone).nexts


def _channel(session: Session, id_: int, by: str, why: str) -> tuple[int, tuple[Next, ...]]:
    files.lock_stars(session)
    channel = lock_channel(session, id_)
    tombstone = tombstones.lay(session, Kind.CHANNEL, str(_number(channel)), by=by, why=why)
    for name, is_own in names_by_channel(session).get(id_, ()):
        if is_own:
            tombstones.lay(session, Kind.NAME, name.lower(), by=by, why=why, of=tombstone)
    channel.enabled = False
    erased_work.drop(session, [Step.POLL, Step.BACKFILL], [id_])
    _begin(session, tombstone, channel_id=id_)
    return tombstone, erase_portion(session, tombstone).nexts


BEGIN: Mapping[Kind, Callable[[Session, int, str, str], tuple[int, tuple[Next, ...]]]] = {
    Kind.POST: _post,
    Kind.FILE: _file,
    Kind.CHANNEL: _channel,
}


def _begin(session: Session, tombstone: int, **subject: object) -> None:
    """Notes the subject of the erasing, unless an earlier one of it has not ended."""
    row = insert(Forgetting).values(id=tombstone, **subject)
    session.execute(row.on_conflict_do_nothing())


def _number(channel: Channel) -> int:
    if channel.telegram_id is None:
        raise UserError(f"{channel.reference} was never read: `media-audit channels remove` is enough")
    return channel.telegram_id


def _publish_soon(session: Session, nexts: tuple[Next, ...]) -> None:
    """Lets the next pass of the sweeper publish the work of what stays: this process may have no broker."""
    for call in nexts:
        if isinstance(call, Call) and call.keys:
            rows = session.scalars(select(Work.id).where(named(call.step, call.keys))).all()
            work.mark_hinted(session, rows, 0.0)
