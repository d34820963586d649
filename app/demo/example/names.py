"""Replaces numbers and hashes that differ from run to run by names that do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.example.scene import Scene
from app.domain.kinds import Step
from app.domain.steps import STEPS, Subject
from app.models import Channel, MediaFile, Post, PostMedia, TagChange, VisionVersion


@dataclass
class Names:
    """Maps the row ids of this run to 1, 2, ... in the order of the page."""

    channel: int
    publication: int
    posts: Mapping[int, int]
    media: Mapping[int, int]
    files: Mapping[int, int]
    recipes: Mapping[int, int]
    changes: Mapping[int, int]
    hashes: dict[str, str] = field(default_factory=dict)

    def key(self, step: Step, subject: int, revision: int) -> tuple[str, str] | None:
        """Subject and revision of work as words; None if it is not about the album."""
        about = STEPS[step].subject
        if about is Subject.CHANNEL:
            return ("channel 1", "") if subject == self.channel else None
        if about in (Subject.QUESTION, Subject.HIT, Subject.EXPORT, Subject.TOMBSTONE):
            return None
        if about is Subject.MEDIUM:
            return (f"medium {self.media[subject]}", "") if subject in self.media else None
        if about is Subject.FILE:
            recipe = f"recipe {self.recipes[revision]}" if step is Step.ANALYZE else ""
            return (f"file {self.files[subject]}", recipe) if subject in self.files else None
        return ("publication 1", f"revision {revision}") if subject == self.publication else None

    def digest(self, value: str) -> str:
        """A hash as a letter: equal letters are equal hashes, and nothing else about it matters to a reader."""
        return self.hashes.setdefault(value[:12], f"hash {chr(ord('A') + len(self.hashes))}")

    def idempotency(self, key: str) -> str:
        """{event}:{publication}:{revision}:{lineage} with names for the parts after the revision."""
        event, _, revision, lineage = key.split(":")
        number, _, digest = lineage.partition("-")
        if event in ("PostTaggedV1", "PostIndexedV1"):
            number = str(self.changes.get(int(number), 0))
        if event in ("VisionUploadedV1", "VisionAnalyzedV1"):
            number = str(self.recipes[int(number)])
        return f"{event}:1:{revision}:{number}" + (f"-({self.digest(digest)})" if digest else "")


def names(session: Session, scene: Scene) -> Names:
    """The names of everything that belongs to the scene's album."""
    channel = session.scalars(select(Channel).where(Channel.reference == scene.reference)).one()
    wanted = [message.id for message in scene.messages]
    posts = session.scalars(
        select(Post)
        .where(Post.channel_id == channel.id, Post.telegram_message_id.in_(wanted))
        .order_by(Post.telegram_message_id)
    ).all()
    media = select(PostMedia).join(Post, Post.id == PostMedia.post_id).where(PostMedia.post_id.in_(p.id for p in posts))
    rows = session.scalars(media.order_by(Post.telegram_message_id)).all()
    files = dict(session.execute(select(MediaFile.sha256, MediaFile.id)).all())
    publication = posts[0].publication_id
    assert publication is not None
    changes = select(TagChange.id).where(TagChange.publication_id == publication).order_by(TagChange.id)
    return Names(
        channel.id,
        publication,
        _numbered(post.id for post in posts),
        _numbered(row.id for row in rows),
        _numbered(files[row.sha256] for row in rows if row.sha256),
        _numbered(session.scalars(select(VisionVersion.id).order_by(VisionVersion.id))),
        _numbered(session.scalars(changes)),
    )


def _numbered(ids: Iterable[int]) -> dict[int, int]:
    return {id_: number for number, id_ in enumerate(dict.fromkeys(ids), 1)}
