"""The input of the checks, each table read once, and the form of their answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.demo.expected import Expected, Key, Together
from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.reading import Reading
from app.models import (
    Channel,
    MediaFile,
    MediaVision,
    OutboxEvent,
    Post,
    PostEnrichment,
    PostMedia,
    Publication,
    SearchDocument,
    TagChange,
    VisionChain,
    VisionVersion,
)
from app.ports import MediaStore


@dataclass(frozen=True)
class Check:
    """One promise, whether it held, and its evidence: a count if it held, else the faults."""

    name: str
    held: bool
    detail: str


@dataclass(frozen=True)
class Read:
    """The reading of a file. vision_version: 0 for a recipe without a row. kept: whether its raw form is there."""

    status: str
    vision_version: int
    reading: Reading | None
    kept: bool


@dataclass
class Evidence:
    """The database and the store as one transaction sees them, beside the sample channels."""

    session: Session
    store: MediaStore
    expected: Expected
    embedder: str | None = None

    @cached_property
    def channels(self) -> dict[int, int]:
        """Row id -> telegram_id."""
        return {
            id_: telegram_id or 0 for id_, telegram_id in self.session.execute(select(Channel.id, Channel.telegram_id))
        }

    @cached_property
    def posts(self) -> dict[Key, Post]:
        """The rows of posts."""
        rows = self.session.scalars(select(Post).options(undefer(Post.raw)))
        return {(self.channels[post.channel_id], post.telegram_message_id): post for post in rows}

    @cached_property
    def media(self) -> Mapping[Key, list[PostMedia]]:
        """The media that posts have now, in order."""
        query = select(Post.channel_id, Post.telegram_message_id, PostMedia).join(
            PostMedia, PostMedia.post_id == Post.id
        )
        found: dict[Key, list[PostMedia]] = defaultdict(list)
        rows = self.session.execute(query.where(PostMedia.replaced_at.is_(None)).order_by(PostMedia.position))
        for channel, message, medium in rows:
            found[self.channels[channel], message].append(medium)
        return found

    @cached_property
    def files(self) -> dict[str, MediaFile]:
        """By sha256."""
        return {file.sha256: file for file in self.session.scalars(select(MediaFile))}

    @cached_property
    def readings(self) -> dict[str, list[Read]]:
        """All readings of each file, by sha256."""
        query = (
            select(MediaFile.sha256, MediaVision.status, VisionVersion.id, MediaVision.reading, MediaVision.raw)
            .join(MediaVision, MediaVision.media_file_id == MediaFile.id)
            .outerjoin(VisionVersion, VisionVersion.id == MediaVision.vision_version_id)
        )
        found: dict[str, list[Read]] = defaultdict(list)
        for sha256, status, version, reading, raw in self.session.execute(query):
            parsed = None if reading is None else Reading.model_validate(reading)
            found[sha256].append(Read(status, version or 0, parsed, bool(raw)))
        return found

    @cached_property
    def chain(self) -> list[int]:
        """The versions of the readers in use, the primary first."""
        return self.session.scalar(select(VisionChain.members)) or []

    @cached_property
    def publications(self) -> list[tuple[Together, Publication]]:
        """The expected publications that have a row, each with the row that its first message belongs to."""
        rows = {row.id: row for row in self.session.scalars(select(Publication))}
        found = [(one, self.posts.get(one.keys[0])) for one in self.expected.publications]
        return [(one, rows[post.publication_id]) for one, post in found if post and post.publication_id in rows]

    @cached_property
    def vision(self) -> dict[int, VisionMetadata]:
        """Enrichments `vision`, by lead post."""
        rows = self._enrichments("vision")
        return {post: VisionMetadata.model_validate(data) for post, data in rows.items()}

    @cached_property
    def tags(self) -> dict[int, TagsMetadata]:
        """Enrichments `tags`, by lead post."""
        return {post: TagsMetadata.model_validate(data) for post, data in self._enrichments("tags").items()}

    def _enrichments(self, kind: str) -> dict[int, dict[str, object]]:
        query = select(PostEnrichment).where(PostEnrichment.kind == kind)
        return {row.post_id: {**row.data, "status": row.status} for row in self.session.scalars(query)}

    @cached_property
    def changes(self) -> Mapping[int, list[TagChange]]:
        """The lineage of each publication, oldest first."""
        found: dict[int, list[TagChange]] = defaultdict(list)
        for change in self.session.scalars(select(TagChange).order_by(TagChange.id)):
            found[change.publication_id].append(change)
        return found

    @cached_property
    def documents(self) -> dict[int, SearchDocument]:
        """Search documents, by publication."""
        return {row.publication_id: row for row in self.session.scalars(select(SearchDocument))}

    @cached_property
    def events(self) -> Mapping[tuple[str, int], list[OutboxEvent]]:
        """The events of each routing key and publication, oldest first."""
        found: dict[tuple[str, int], list[OutboxEvent]] = defaultdict(list)
        for event in self.session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)):
            found[event.routing_key, event.publication_id].append(event)
        return found

    @cached_property
    def alone(self) -> set[str]:
        """sha256 of the readable files that one publication alone shows: they had no reading before it came."""
        shown = Counter(name for one in self.expected.publications for name in set(self.shown(one)))
        return {name for name, count in shown.items() if count == 1} & self.expected.readable

    def shown(self, one: Together) -> list[str]:
        """sha256 of the files of a publication, in order of its items, as the sample channels have them."""
        return [self.expected.files[key] for key in one.keys if key in self.expected.files]


def judged(name: str, count: int, what: str, wrong: Sequence[object]) -> Check:
    """Makes a check that names the first three faults. A count of 0 is a failure too."""
    if not wrong and count:
        return Check(name, True, f"{count:,} {what if count > 1 else what.removesuffix('s')}")
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Check(name, False, ", ".join(str(one) for one in wrong[:3]) + more if wrong else f"no {what} at all")


def differences(where: object, has: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    """The names of the facts that differ, in one line; none where all agree."""
    wrong = [name for name, value in wanted.items() if has[name] != value]
    return [f"{where}: {', '.join(wrong)}"] if wrong else []


def facts_of(row: object, names: Sequence[str]) -> dict[str, object]:
    """Columns of a row."""
    return {name: getattr(row, name) for name in names}
