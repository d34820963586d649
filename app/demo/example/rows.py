"""Tables of words from the run's rows about the album; they do not differ from run to run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.example.heard import Received
from app.demo.example.names import Names, names
from app.demo.example.scene import Scene
from app.demo.telegram.ledger import Ledger
from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.kinds import Step
from app.domain.reading import Reading
from app.models import (
    MediaFile,
    MediaGroup,
    MediaGroupItem,
    MediaVision,
    OutboxEvent,
    Post,
    PostMedia,
    Publication,
    SearchDocument,
    TagChange,
    Work,
)
from app.pipeline.posts import enrichment

Row = Mapping[str, object]
Table = Sequence[Row]
FILE = "upload.getFile"


@dataclass(frozen=True)
class Chapter:
    """The album at a moment when no work was left to do."""

    names: Names
    messages: Mapping[Step, Table]
    work: Mapping[Step, Table]
    rows: Mapping[str, Table]  # by name of the database's table
    vision: VisionMetadata
    tags: TagsMetadata
    readings: Mapping[int, Reading]  # by number of the file
    fetched: int  # pictures of which Telegram was asked for bytes since the chapter before


def read_chapter(session: Session, scene: Scene, received: Iterable[Received], ledger: Ledger) -> Chapter:
    """Reads the present state of the album."""
    named = names(session, scene)
    publication = session.get_one(Publication, named.publication)
    vision = enrichment.read(session, publication, VisionMetadata)
    tags = enrichment.read(session, publication, TagsMetadata)
    assert vision is not None
    assert tags is not None
    return Chapter(
        named,
        _messages(named, received),
        _work(session, named),
        {
            "posts": _posts(session, named),
            "post_media": _media(session, named),
            "publications": [_publication(publication)],
            "media_groups": _groups(session, named),
            "media_group_items": _items(session, named),
            "media_files": _files(session, named),
            "tag_changes": _changes(session, named),
            "search_documents": _documents(session, named),
            "outbox_events": _events(session, named),
        },
        vision,
        tags,
        _readings(session, named),
        len({entry.args["file"] for entry in ledger.of(FILE)}),
    )


def _messages(named: Names, received: Iterable[Received]) -> dict[Step, Table]:
    """Each message about the album once: a hint may be doubled, which changes nothing."""
    found: dict[Step, set[tuple[str, str, str]]] = defaultdict(set)
    for message in received:
        step = Step(message.task.split(".")[2])
        for key in message.keys:
            if about := named.key(step, *key):
                found[step].add((message.task, message.queue, ", ".join(filter(None, about))))
    return {
        step: [{"task": f"`{task}`", "queue": f"`{queue}`", "about": about} for task, queue, about in sorted(rows)]
        for step, rows in found.items()
    }


def _work(session: Session, named: Names) -> dict[Step, Table]:
    rows: dict[Step, list[Row]] = defaultdict(list)
    for work in session.scalars(select(Work).where(Work.step != Step.POLL).order_by(Work.step, Work.id)):
        if about := named.key(Step(work.step), work.subject_id, work.revision):
            subject, revision = about
            state = {"state": work.state, "attempts": work.attempts, "reason": work.reason or ""}
            rows[Step(work.step)].append({"step": work.step, "subject": subject, "revision": revision, **state})
    return {
        step: sorted(found, key=lambda row: (str(row["subject"]), str(row["revision"]))) for step, found in rows.items()
    }


def _posts(session: Session, named: Names) -> Table:
    posts = session.scalars(select(Post).where(Post.id.in_(named.posts)).order_by(Post.telegram_message_id))
    return [
        {
            "post": named.posts[post.id],
            "telegram_message_id": post.telegram_message_id,
            "grouped_id": post.grouped_id,
            "publication": 1,
            "text": post.text,
        }
        for post in posts
    ]


def _media(session: Session, named: Names) -> Table:
    rows = session.scalars(select(PostMedia).where(PostMedia.id.in_(named.media)).order_by(PostMedia.post_id))
    return [
        {
            "medium": named.media[row.id],
            "post": named.posts[row.post_id],
            "position": row.position,
            "kind": row.kind,
            "size": f"{row.width} x {row.height}",
            "sha256": _short(row.sha256),
        }
        for row in rows
    ]


def _publication(row: Publication) -> Row:
    return {
        "publication": 1,
        "lead post": 1,
        "revision": row.revision,
        "text": row.text,
    }


def _groups(session: Session, named: Names) -> Table:
    groups = session.scalars(select(MediaGroup).where(MediaGroup.publication_id == named.publication))
    return [
        {
            "album_kind": group.album_kind,
            "items_count": group.items_count,
            "state": group.state,
            "caption": group.caption,
        }
        for group in groups
    ]


def _items(session: Session, named: Names) -> Table:
    query = select(MediaGroupItem).where(MediaGroupItem.post_id.in_(named.posts)).order_by(MediaGroupItem.position)
    return [{"position": item.position, "post": named.posts[item.post_id]} for item in session.scalars(query)]


def _files(session: Session, named: Names) -> Table:
    files = session.scalars(select(MediaFile).where(MediaFile.id.in_(named.files)))
    return [
        {
            "file": named.files[file.id],
            "sha256": _short(file.sha256),
            "bytes": f"{file.size:,}",
            "mime": file.mime,
            "size": f"{file.width} x {file.height}",
            "damaged": file.damaged or "no",
        }
        for file in sorted(files, key=lambda file: named.files[file.id])
    ]


def _readings(session: Session, named: Names) -> dict[int, Reading]:
    query = select(MediaVision.media_file_id, MediaVision.reading).where(MediaVision.media_file_id.in_(named.files))
    found = {named.files[file]: Reading.model_validate(reading) for file, reading in session.execute(query)}
    return dict(sorted(found.items()))


def _changes(session: Session, named: Names) -> Table:
    changes = session.scalars(select(TagChange).where(TagChange.id.in_(named.changes)).order_by(TagChange.id))
    return [
        {
            "change": named.changes[row.id],
            "revision": row.revision,
            "trigger": row.trigger,
            "reason": row.reason,
            "from recipe": named.recipes.get(row.from_version or 0, "none"),
            "to recipe": named.recipes.get(row.to_version or 0, "none"),
            "called_tagger": "yes" if row.called_tagger else "no",
            "added": words(row.added),
            "removed": words(row.removed),
        }
        for row in changes
    ]


def _documents(session: Session, named: Names) -> Table:
    row = session.get_one(SearchDocument, named.publication)
    return [
        {"column": "text", "weight": "A", "holds": "the caption", "value": row.text},
        {"column": "tags", "weight": "B", "holds": "the tags", "value": words(row.tag_list)},
    ]


def _events(session: Session, named: Names) -> Table:
    query = select(OutboxEvent).where(OutboxEvent.publication_id == named.publication).order_by(OutboxEvent.id)
    return [
        {
            "revision": row.payload["revision"],
            "routing key": f"`{row.routing_key}`",
            "idempotency key": f"`{named.idempotency(row.idempotency_key)}`",
            "sent": "yes" if row.published_at else "no",
        }
        for row in session.scalars(query)
    ]


def words(tags: Iterable[str]) -> str:
    """Tags in the form that a reader sees."""
    return ", ".join(f"`{tag}`" for tag in tags)


def _short(sha256: str | None) -> str:
    return f"`{sha256[:8]}…`" if sha256 else ""
