"""Stores messages as posts, media and publications: the part that poll, backfill and collect share.

The caller has locked the channel's row, so that a channel's pages are written one at a time.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain import words
from app.domain.kinds import MediaRole
from app.domain.messages import Incoming, MediaDescriptor, Unparsed
from app.metrics import Media, Outcome
from app.models import Channel, Post, PostMedia, Publication
from app.models.bulk import insert_all
from app.pipeline.engine import step_metrics
from app.pipeline.posts import tombstones
from app.pipeline.posts.left_out import forget
from app.pipeline.posts.revisions import Revision, revise

Message = Incoming | Unparsed
PostColumns = Mapping[str, Any]  # of a post, as its message has them
Place = tuple[MediaRole, str]
ROLES = list(MediaRole)  # in the order of the media of a post


@dataclass(frozen=True)
class Ingested:
    """Result of a page: the publications with a new revision. new: number of posts that did not exist before."""

    changed: dict[int, Revision]  # by publication
    new: int = 0


def columns_of(messages: Iterable[Message]) -> dict[int, PostColumns]:
    """The columns of posts, by message id. A step makes them before it locks the channel."""
    return {m.id: _columns(m) if isinstance(m, Incoming) else _unparsed(m) for m in messages}


def ingest(
    session: Session,
    channel: Channel,
    messages: Iterable[Message],
    gone: Sequence[int] = (),
    columns: Mapping[int, PostColumns] | None = None,
) -> Ingested:
    """Writes a page: new posts, edits, deletions (`gone`: ids that Telegram no longer has). Safe to repeat.
    Leaves out posts that were forgotten.

    columns: by `columns_of`; made here if there are none.
    """
    started = time.monotonic()
    given = {message.id: message for message in messages}
    forgotten = tombstones.posts(session, channel, given)
    unique = {id_: message for id_, message in given.items() if id_ not in forgotten}
    columns = columns_of(unique.values()) if columns is None else columns
    stored = _stored(session, channel.id, [*unique, *gone])
    media = _media_of(session, [post.id for post in stored.values()])
    fresh = [m for _, m in sorted(unique.items()) if m.id not in stored]
    understood = [m for m in unique.values() if m.id in stored and _is_understood_now(stored[m.id], m)]
    touched: set[int | None] = set(_insert(session, channel, fresh, columns))
    for message_id, post in sorted(stored.items()):
        message = unique.get(message_id)
        # A message that cannot be read now must not replace a post that was read before.
        if not isinstance(message, Incoming):
            continue
        if _update(session, channel, post, media.get(post.id, []), message, columns[message.id]):
            touched.add(post.publication_id)
    touched |= _delete([stored[i] for i in gone if i in stored])
    session.flush()
    changed = revise(session, {p for p in touched if p is not None})
    written = [*fresh, *understood]
    seconds = (time.monotonic() - started) / max(1, len(unique))
    step_metrics.parsed(session, [_counted(message) for message in written], seconds)
    return Ingested(changed, len(fresh))


def _is_understood_now(post: Post, message: Message) -> bool:
    return post.status == "unparsed" and isinstance(message, Incoming)


def _counted(message: Message) -> tuple[Media, Outcome]:
    if not isinstance(message, Incoming):
        return "unknown", "err"
    kind = next((medium.kind for medium in message.media if medium.role is MediaRole.OWN), None)
    return step_metrics.media_label(kind, grouped=message.grouped_id is not None), "ok"


def _stored(session: Session, channel_id: int, ids: Sequence[int]) -> dict[int, Post]:
    rows = session.scalars(select(Post).where(Post.channel_id == channel_id, Post.telegram_message_id.in_(ids)))
    return {post.telegram_message_id: post for post in rows}


def _insert(
    session: Session, channel: Channel, messages: Sequence[Message], columns: Mapping[int, PostColumns]
) -> list[int]:
    """Inserts new posts with their publications; returns the publications' ids."""
    if not messages:
        return []
    publications = _publications(session, channel.id, messages)
    rows = [
        {
            "channel_id": channel.id,
            "telegram_message_id": m.id,
            "publication_id": publication,
            **columns[m.id],
        }
        for m, publication in zip(messages, publications, strict=True)
    ]
    new = insert_all(Post, rows).returning(Post.telegram_message_id, Post.id)
    ids: dict[int, int] = dict(session.execute(new).all())
    media = [
        _media(ids[m.id], position, medium)
        for m in messages
        if isinstance(m, Incoming)
        for position, medium in enumerate(m.media)
    ]
    if media:
        session.execute(insert_all(PostMedia, media))
    return [publication for publication in publications if publication is not None]


def _publications(session: Session, channel_id: int, messages: Sequence[Message]) -> list[int | None]:
    """Returns a publication for each message, in order: its album's, a new one for a lone post, None if unpublished."""
    groups = {group for m in messages if (group := _group(m)) is not None}
    query = select(Publication.grouped_id, Publication.id).where(
        Publication.channel_id == channel_id, Publication.grouped_id.in_(groups)
    )
    known: dict[int | None, int] = dict(session.execute(query).all())
    wanted = sorted(groups - known.keys())
    lone = [None for m in messages if is_published(m) and _group(m) is None]
    rows = [{"channel_id": channel_id, "grouped_id": group} for group in [*wanted, *lone]]
    made = _made(session, rows) if rows else []
    known.update((group, id_) for id_, group in made if group is not None)
    alone = iter(id_ for id_, group in made if group is None)

    def publication(message: Message) -> int | None:
        if not is_published(message):
            return None
        group = _group(message)
        return next(alone) if group is None else known[group]

    return [publication(m) for m in messages]


def _made(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, int | None]]:
    """(id, grouped_id) of new publications, the oldest first."""
    new = insert_all(Publication, rows).returning(Publication.id, Publication.grouped_id)
    return sorted(((id_, group) for id_, group in session.execute(new)), key=lambda one: one[0])


def home_of(session: Session, post: Post) -> int:
    """Returns the publication of a post: its album's, made if it is missing, or a new one of its own."""
    query = select(Publication.id).where(
        Publication.channel_id == post.channel_id, Publication.grouped_id == post.grouped_id
    )
    known = session.scalars(query).first() if post.grouped_id is not None else None
    if known is not None:
        return known
    made = insert(Publication).values(channel_id=post.channel_id, grouped_id=post.grouped_id)
    return session.execute(made.returning(Publication.id)).scalar_one()


def is_published(message: Message) -> bool:
    """Whether a reader sees the message as a publication; not an unreadable message or one of Telegram's service
    notes."""
    return isinstance(message, Incoming) and not message.service


def _group(message: Message) -> int | None:
    return message.grouped_id if isinstance(message, Incoming) and not message.service else None


# Counters change all the time and decide nothing: they are stored but do not touch the publication.
COUNTERS = ("views", "forwards")


def _update(
    session: Session, channel: Channel, post: Post, media: Sequence[PostMedia], message: Incoming, sent: PostColumns
) -> bool:
    """Stores the changes of a known post; returns whether its publication may need a new revision."""
    columns = dict(sent)
    columns["words"] = words.settled(post.words, columns["words"], message.silent)
    if words.content(columns["words"]) == words.content(post.words):
        post.words = columns.pop("words")  # running counts are among them
    raw = columns.pop("raw")
    for name in COUNTERS:
        setattr(post, name, columns.pop(name))
    changed = {name: value for name, value in columns.items() if getattr(post, name) != value}
    replaced = _replace_media(session, post, media, message)
    if not (changed or replaced or post.deleted_at):
        return False
    if "text" in changed or ("words" in changed and post.words):
        post.history = [*post.history, _before(post, message)]
    for name, value in changed.items():
        setattr(post, name, value)
    post.raw, post.deleted_at = raw, None
    if post.publication_id is None and is_published(message):
        post.publication_id = _publications(session, channel.id, [message])[0]
    return True


def _before(post: Post, message: Incoming) -> dict[str, Any]:
    """The words of a post before an edit."""
    beside = {"words": words.content(post.words)} if words.content(post.words) else {}
    return {"text": post.text, **beside, "until": message.edit_date.isoformat() if message.edit_date else None}


def _media_of(session: Session, posts: Sequence[int]) -> dict[int, list[PostMedia]]:
    query = select(PostMedia).where(PostMedia.post_id.in_(posts), PostMedia.replaced_at.is_(None))
    found: dict[int, list[PostMedia]] = defaultdict(list)
    for media in session.scalars(query.order_by(PostMedia.position)):
        found[media.post_id].append(media)
    return found


def _replace_media(session: Session, post: Post, current: Sequence[PostMedia], message: Incoming) -> bool:
    """Stores the media of an edit. A medium that it took away keeps its row: a published medium is not forgotten.

    A medium that stays keeps its row, and so its file. An answer that is silent about a role takes nothing away.
    """
    known = {(MediaRole(row.role), row.telegram_key): row for row in current}
    silent = [place for place in known if place[0] in message.silent]
    blank = {one.place for one in message.media if not one.key and one.role in message.silent}
    new = {one.place: one for one in message.media if one.place not in blank}
    order = _order(known, silent, new)
    if order == list(known):
        return False
    for place, row in known.items():
        if place not in order:
            row.replaced_at = datetime.now(UTC)
        elif order.index(place) != row.position:
            row.position = -1 - row.position  # out of the way: one medium at most may have a place
    session.flush()
    forget(session, [row.id for place, row in known.items() if place not in order])
    for place in order:
        if place in known:
            known[place].position = order.index(place)
    session.flush()
    added = [_media(post.id, order.index(place), medium) for place, medium in new.items() if place not in known]
    if added:
        session.execute(insert_all(PostMedia, added))
    return True


def _order(known: Iterable[Place], silent: Collection[Place], new: Iterable[Place]) -> list[Place]:
    """The places of a post's media: by role, those that the answer is silent about before its new ones."""
    real = {role for role, key in new if key}
    kept = [place for place in silent if place[1] or place[0] not in real]
    fresh = [place for place in new if place not in kept]
    return sorted([*kept, *fresh], key=lambda place: ROLES.index(place[0]))


def _delete(posts: Sequence[Post]) -> set[int | None]:
    vanished = [post for post in posts if post.deleted_at is None]
    for post in vanished:
        post.deleted_at = datetime.now(UTC)
    return {post.publication_id for post in vanished}


def _columns(message: Incoming) -> PostColumns:
    return {
        "status": "ok",
        "error": None,
        "grouped_id": message.grouped_id,
        "posted_at": message.date,
        "edited_at": message.edit_date,
        "text": message.text,
        "entities": [asdict(entity) for entity in message.entities],
        "has_media": any(medium.role is not MediaRole.PREVIEW for medium in message.media),
        "service": message.service,
        "kind": message.kind,
        "words": words.kept(message.words),
        "not_taken": list(message.not_taken),
        "forward": _forward(message),
        "forwarded_from": message.forward and message.forward.from_telegram_id,
        "forwarded_message": message.forward and message.forward.message_id,
        "reply_to": message.reply_to,
        "views": message.views,
        "forwards": message.forwards,
        "raw": message.raw,
    }


EMPTY = (
    *("grouped_id", "edited_at", "reply_to", "views", "forwards"),
    *("forward", "forwarded_from", "forwarded_message"),
)


def _unparsed(message: Unparsed) -> PostColumns:
    empty = dict.fromkeys(EMPTY)
    return {
        **empty,
        "status": "unparsed",
        "error": message.error,
        "posted_at": message.date,
        "text": "",
        "entities": [],
        "has_media": False,
        "service": False,
        "kind": None,
        "words": [],
        "not_taken": [],
        "raw": message.raw,
    }


def _forward(message: Incoming) -> dict[str, Any] | None:
    if message.forward is None:
        return None
    fields = asdict(message.forward)
    fields["date"] = message.forward.date.isoformat() if message.forward.date else None
    return fields


def _media(post_id: int, position: int, media: MediaDescriptor) -> dict[str, Any]:
    return {
        "post_id": post_id,
        "position": position,
        "role": media.role,
        "kind": media.kind,
        "telegram_key": media.key,
        "size": media.size,
        "mime": media.mime,
        "file_name": media.file_name,
        "width": media.width,
        "height": media.height,
        "duration": media.duration,
        "location": media.location,
    }
