"""download_media: the bytes of a post's medium come into the store, once for each Telegram file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.flow import Key, Next
from app.domain.kinds import MediaKind, State, Step
from app.domain.messages import MediaDescriptor, MediaRequest, StoredFile
from app.errors import MediaAuditError, Skip, Transient
from app.models import Channel, MediaFile, Post, PostMedia, Work
from app.pipeline.fanin import ready_persists
from app.pipeline.poll import channel_ref
from app.pipeline.runner import Finish, Outside, Ready, run_outside
from app.pipeline.work import Claim
from app.ports import MediaSource


@dataclass(frozen=True)
class Given:
    """A medium to fetch."""

    media_id: int
    publication_id: int | None
    request: MediaRequest


class Download(Outside[Given, StoredFile]):
    """Fetches a batch beside each other; a failure stays with its own file."""

    step = Step.DOWNLOAD
    chunk = 100  # one batch of publications; the adapter bounds what is in flight

    def __init__(self, media: MediaSource, account: str) -> None:
        self._media = media
        self._account = account

    def load(self, session: Session, held: Claim) -> Given | Ready:
        media = session.get_one(PostMedia, held.subject_id)
        if media.sha256 is not None:
            return Ready()
        if (known := _same_file(session, media)) is not None:
            media.sha256 = known
            return Ready(reason="the same Telegram file was downloaded before")
        if _under_way(session, held, media):
            raise Transient("the same Telegram file is being downloaded for another post", 1.0, charge=False)
        post = session.get_one(Post, media.post_id)
        ref = channel_ref(session.get_one(Channel, post.channel_id), self._account)
        if ref is None:
            raise Transient("the channel was resolved by another account; its next poll resolves it", charge=False)
        if media.replaced_at is not None:
            raise Skip("replaced by an edit before it was downloaded")
        return Given(media.id, post.publication_id, MediaRequest(ref, post.telegram_message_id, _descriptor(media)))

    def perform(self, inputs: Sequence[Given]) -> Sequence[StoredFile | MediaAuditError]:
        return self._media.fetch([given.request for given in inputs])

    def lock(self, session: Session, given: Given) -> None:
        session.execute(select(PostMedia.id).where(PostMedia.id == given.media_id).with_for_update())

    def finish(self, session: Session, held: Claim, given: Given, result: StoredFile) -> Finish:
        row = {"sha256": result.sha256, "size": result.size, "mime": result.mime, "extension": result.extension}
        session.execute(insert(MediaFile).values(row).on_conflict_do_nothing(index_elements=["sha256"]))
        session.execute(update(PostMedia).where(PostMedia.id == given.media_id).values(sha256=result.sha256))
        return Finish()


def download_media(media: MediaSource, account: str, keys: Sequence[Key], *, bulk: bool) -> list[Next]:
    """Downloads what is due of the keys. In bulk no chord fans in: what became ready to persist comes next."""
    nexts = run_outside(Download(media, account), keys)
    return [*nexts, *ready_persists([subject for subject, _ in keys])] if bulk else nexts


def _same_file(session: Session, media: PostMedia) -> str | None:
    """The sha256 of the same Telegram file, wherever it was posted."""
    query = select(PostMedia.sha256).where(
        PostMedia.telegram_key == media.telegram_key, PostMedia.telegram_key != "", PostMedia.sha256.is_not(None)
    )
    return session.scalars(query.limit(1)).first()


def _under_way(session: Session, held: Claim, media: PostMedia) -> bool:
    """Whether an older lease downloads the same Telegram file: ours waits for it instead of asking twice."""
    query = (
        select(Work.id)
        .join(PostMedia, PostMedia.id == Work.subject_id)
        .where(
            Work.step == Step.DOWNLOAD,
            Work.state == State.LEASED,
            Work.id < held.id,
            PostMedia.telegram_key == media.telegram_key,
            PostMedia.telegram_key != "",
        )
    )
    return session.execute(query.limit(1)).first() is not None


def _descriptor(media: PostMedia) -> MediaDescriptor:
    return MediaDescriptor(
        MediaKind(media.kind),
        media.telegram_key,
        media.size,
        media.mime,
        media.file_name,
        media.width,
        media.height,
        media.duration,
        media.location,
    )
