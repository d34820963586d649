"""The demo's checks: each compares the database, the store or the server's ledger with the sample channels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo.expected import Expected, Key
from app.domain.enrichment import VisionMetadata
from app.domain.kinds import State
from app.models import (
    Channel,
    MediaFile,
    MediaGroup,
    MediaGroupItem,
    OutboxEvent,
    Post,
    PostEnrichment,
    PostMedia,
    Publication,
    SearchDocument,
    Work,
)
from app.ports import MediaStore


@dataclass(frozen=True)
class Check:
    """One promise, whether it held, and its evidence: a count if it held, else the faults."""

    name: str
    held: bool
    detail: str


@dataclass(frozen=True)
class Evidence:
    """The input of the checks."""

    session: Session
    store: MediaStore
    expected: Expected
    channels: dict[int, int]  # row id -> telegram_id


def check_all(session: Session, store: MediaStore, expected: Expected) -> list[Check]:
    """Runs all checks of the database and the store."""
    ids = {id_: telegram_id or 0 for id_, telegram_id in session.execute(select(Channel.id, Channel.telegram_id))}
    evidence = Evidence(session, store, expected, ids)
    return [check(evidence) for check in CHECKS]


def _posts(found: Evidence) -> Check:
    stored = dict(_rows(found))
    wanted = found.expected.final
    wrong = [key for key in wanted if key not in stored or stored[key].text != found.expected.text(key)]
    wrong += [key for key in stored if key not in wanted]
    return _check("every post, with its last text", len(wanted), "posts", wrong)


def _publications(found: Evidence) -> Check:
    count = found.session.scalar(select(func.count()).select_from(Publication)) or 0
    service = sum(message.service for message in found.expected.final.values())
    wanted = found.expected.facts.publications - service
    wrong = [] if count == wanted else [f"{count} instead of {wanted}"]
    return _check("albums and lone posts", count, "publications", wrong)


def _albums(found: Evidence) -> Check:
    """Checks items, their order, kind, count and caption, and that each album is complete."""
    items: dict[Key, list[int]] = defaultdict(list)
    query = (
        select(MediaGroup.channel_id, MediaGroup.grouped_id, Post.telegram_message_id)
        .join(MediaGroupItem, MediaGroupItem.group_id == MediaGroup.id)
        .join(Post, Post.id == MediaGroupItem.post_id)
        .order_by(MediaGroup.id, MediaGroupItem.position)
    )
    for channel, group, message in found.session.execute(query):
        items[found.channels[channel], group].append(message)
    wrong = [
        (found.channels[group.channel_id], group.grouped_id)
        for group in found.session.scalars(select(MediaGroup))
        if not _is_right(found, group, items[found.channels[group.channel_id], group.grouped_id])
    ]
    wrong += [album for album in found.expected.albums if album not in items]
    return _check("albums whole and in order", len(items), "albums", wrong)


def _is_right(found: Evidence, group: MediaGroup, items: list[int]) -> bool:
    key = (found.channels[group.channel_id], group.grouped_id)
    wanted = found.expected.albums.get(key)
    kinds = {file.kind for item in wanted or () if (file := found.expected.final[key[0], item].file)}
    kind = kinds.pop() if len(kinds) == 1 and kinds <= {"photo", "video"} else "mixed"
    facts = (items, group.items_count, group.state, group.album_kind, group.caption)
    return wanted is not None and facts == (wanted, len(wanted), "complete", kind, found.expected.caption(key))


def _album_kinds(found: Evidence) -> Check:
    rows = found.session.execute(select(MediaGroup.album_kind, func.count()).group_by(MediaGroup.album_kind))
    count = Counter(dict(rows.all()))
    facts = found.expected.facts
    wanted = {"photo": facts.photo_albums, "video": facts.video_albums, "mixed": facts.mixed_albums}
    wrong = [f"{count[kind]} {kind} instead of {number}" for kind, number in wanted.items() if count[kind] != number]
    return Check("kinds of albums", not wrong, ", ".join(wrong or [f"{n} {kind}" for kind, n in wanted.items()]))


def _files(found: Evidence) -> Check:
    """Checks that each message has its own file, and that the store has exactly its bytes."""
    query = (
        select(Post.channel_id, Post.telegram_message_id, PostMedia.sha256)
        .join(PostMedia, PostMedia.post_id == Post.id)
        .where(PostMedia.replaced_at.is_(None))
    )
    has = {(found.channels[channel], message): name for channel, message, name in found.session.execute(query)}
    wrong: list[object] = [key for key, name in found.expected.files.items() if has.get(key) != name]
    wrong += [name[:12] for name, size in found.expected.sizes.items() if not _is_stored(found.store, name, size)]
    return _check("every file, byte for byte", len(found.expected.sizes), "files in the store", wrong)


def _is_stored(store: MediaStore, name: str, size: int) -> bool:
    try:
        data = store.path(name).read_bytes()
    except FileNotFoundError:
        return False
    return len(data) == size and sha256(data).hexdigest() == name


def _once(found: Evidence) -> Check:
    """Checks that distinct contents are stored once, however often they were posted."""
    query = select(func.count(), func.coalesce(func.sum(MediaFile.size), 0)).select_from(MediaFile)
    count, size = found.session.execute(query).one()
    facts = found.expected.facts
    posted = len(found.expected.files)
    wrong = [] if (count, size) == (facts.media_files, facts.media_bytes) else [f"{count} files of {size} bytes"]
    return _check("each file stored once", count, f"distinct files, posted {posted} times", wrong)


def _damaged(found: Evidence) -> Check:
    names = set(found.session.scalars(select(MediaFile.sha256).where(MediaFile.damaged.is_not(None))))
    wanted = found.expected.damaged
    return _check("damaged pictures recognised", len(wanted), "of them", sorted(n[:12] for n in names ^ wanted))


def _lying(found: Evidence) -> Check:
    wanted = found.expected.lying
    query = select(MediaFile.sha256, MediaFile.mime).where(MediaFile.sha256.in_(wanted))
    has = dict(found.session.execute(query).all())
    wrong = [f"{name[:12]} {has.get(name)}" for name, mime in wanted.items() if has.get(name) != mime]
    return _check("lying file names", len(wanted), "seen through", wrong)


def _late(found: Evidence) -> Check:
    late = found.expected.late
    query = (
        select(Post.channel_id, Post.telegram_message_id, Publication.grouped_id, Publication.revision)
        .join(MediaGroupItem, MediaGroupItem.post_id == Post.id)
        .join(Publication, Publication.id == Post.publication_id)
        .where(Post.telegram_message_id.in_([message for _, message in late]))
    )
    joined = {
        (found.channels[channel], message): (group, revision > 1)
        for channel, message, group, revision in found.session.execute(query)
    }
    wrong = [key for key, group in late.items() if joined.get(key) != (group, True)]
    return _check("late items joined their album", len(late), "late items", wrong)


def _edits(found: Evidence) -> Check:
    stored = dict(_rows(found))
    first = found.expected.first
    wrong = [
        key
        for key, message in found.expected.edited.items()
        if (post := stored.get(key)) is None
        or (post.text, post.edited_at) != (message.text, message.edit_date)
        or first[key].text not in {version["text"] for version in post.history}
    ]
    return _check("edits arrived, old words kept", len(found.expected.edited), "edited posts", wrong)


def _deletions(found: Evidence) -> Check:
    gone = {key for key, post in _rows(found) if post.deleted_at is not None}
    wrong = sorted(gone ^ found.expected.deleted)
    return _check("deletions noted, nothing lost", len(found.expected.deleted), "deleted posts", wrong)


def _tagged(found: Evidence) -> Check:
    """Checks that every publication has current tags and is findable with them."""
    current = select(PostEnrichment.post_id).where(PostEnrichment.kind == "tags")
    query = (
        select(Publication.id)
        .outerjoin(SearchDocument, SearchDocument.publication_id == Publication.id)
        .where(
            func.coalesce(SearchDocument.revision != Publication.revision, True)
            | Publication.lead_post_id.not_in(current)
        )
    )
    wrong = list(found.session.scalars(query))
    count = found.session.scalar(select(func.count()).select_from(SearchDocument)) or 0
    return _check("everything tagged and findable", count, "publications", wrong)


def _vision(found: Evidence) -> Check:
    """Checks that each readable file has a reading in the vision enrichments."""
    query = select(PostEnrichment.data).where(PostEnrichment.kind == "vision")
    read = {item.sha256 for data in found.session.scalars(query) for item in VisionMetadata.model_validate(data).items}
    wrong = [name[:12] for name in found.expected.facts.texts if name not in read]
    return _check("every picture with words read", len(found.expected.facts.texts), "pictures", wrong)


def _nothing_stuck(found: Evidence) -> Check:
    stuck = (State.DEAD, State.UNKNOWN, State.WAITING)
    rows = found.session.execute(select(Work.step, Work.state, Work.last_error).where(Work.state.in_(stuck))).all()
    unparsed = found.session.scalar(select(func.count()).where(Post.status == "unparsed")) or 0
    wrong = [f"{step} {state}: {error}" for step, state, error in rows] + ["unparsed"] * unparsed
    done = found.session.scalar(select(func.count()).select_from(Work)) or 0
    return _check("no work dead, unknown or waiting", done, "steps of work", wrong)


def _events(found: Evidence) -> Check:
    rows = dict(
        found.session.execute(
            select(OutboxEvent.published_at.is_(None), func.count()).group_by(OutboxEvent.published_at.is_(None))
        ).all()
    )
    wrong = [f"{rows[True]} not sent"] if rows.get(True) else []
    return _check("every event sent", rows.get(False, 0), "events", wrong)


CHECKS: tuple[Callable[[Evidence], Check], ...] = (
    _posts,
    _publications,
    _albums,
    _album_kinds,
    _late,
    _edits,
    _deletions,
    _files,
    _once,
    _damaged,
    _lying,
    _vision,
    _tagged,
    _nothing_stuck,
    _events,
)


def _rows(found: Evidence) -> list[tuple[Key, Post]]:
    posts = found.session.scalars(select(Post))
    return [((found.channels[post.channel_id], post.telegram_message_id), post) for post in posts]


def _check(name: str, count: int, what: str, wrong: list[object] | list[Key] | list[str] | list[int]) -> Check:
    """Makes a check that names the first three faults. A count of 0 is a failure too."""
    if not wrong and count:
        return Check(name, True, f"{count:,} {what if count > 1 else what.removesuffix('s')}")
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Check(name, False, ", ".join(str(one) for one in wrong[:3]) + more if wrong else f"no {what} at all")
