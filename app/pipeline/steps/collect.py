"""collect_album: completes an album around its known items, also across page borders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.albums import sibling_range
from app.domain.kinds import State, Step
from app.domain.messages import ChannelRef, Incoming
from app.errors import MediaAuditError, Skip
from app.metrics import Media
from app.models import Channel, MediaGroup, Post, Publication
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.lease_ends import verdict_on
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.work import SUPERSEDED, Claim
from app.pipeline.posts.channels import UNWATCHED, channel_ref, lock_channels, note_refusal, resolved_elsewhere
from app.pipeline.posts.ingest import ingest
from app.pipeline.posts.schedule import schedule, start_media, still_open
from app.ports import TelegramSource
from app.settings import get_settings


@dataclass(frozen=True)
class CollectInput:
    """The known items of an album."""

    channel_id: int
    ref: ChannelRef
    grouped_id: int
    known: tuple[int, ...]


Siblings = Sequence[Incoming]


class Collect(ExternalStep[CollectInput, Siblings]):
    """Asks for siblings by id: an offset by date gives strictly older messages and misses those of the same second."""

    step = Step.COLLECT

    def __init__(self, source: TelegramSource, account: str, *, bulk: bool) -> None:
        self._source = source
        self._account = account
        self._bulk = bulk

    def load(self, session: Session, held: Claim) -> CollectInput:
        publication = session.get_one(Publication, held.subject_id)
        if publication.revision != held.revision or publication.grouped_id is None:
            raise Skip(SUPERSEDED)
        channel = session.get_one(Channel, publication.channel_id)
        if not channel.enabled:
            raise Skip(UNWATCHED)
        ref = channel_ref(channel, self._account)
        if ref is None:
            raise resolved_elsewhere(channel)
        ids = select(Post.telegram_message_id).where(Post.publication_id == publication.id)
        return CollectInput(publication.channel_id, ref, publication.grouped_id, tuple(sorted(session.scalars(ids))))

    def perform(self, inputs: Sequence[CollectInput]) -> list[Siblings | MediaAuditError]:
        return [self._siblings(given) for given in inputs]

    def _siblings(self, given: CollectInput) -> Siblings:
        unknown = [i for i in sibling_range(given.known) if i not in given.known]
        answers = self._source.messages(given.ref, unknown)
        return [m for m in answers if isinstance(m, Incoming) and m.grouped_id == given.grouped_id]

    def media(self, given: CollectInput) -> Media:
        return "album"

    def lock(self, session: Session, inputs: Sequence[CollectInput]) -> None:
        lock_channels(session, (given.channel_id for given in inputs))

    def failed(self, session: Session, held: Claim, given: CollectInput, error: MediaAuditError) -> Outcome | None:
        """Lets an album go on with its known items if its siblings cannot be asked for."""
        note_refusal(session, given.channel_id, error)
        verdict = verdict_on(held, error)
        if verdict.state in (State.DUE, State.WAITING) or _moved_on(session, held):
            return None
        nexts = start_media(session, {held.subject_id: held.revision}, bulk=self._bulk)
        return Outcome(tuple(nexts), verdict.state, verdict.reason)

    def finish(self, session: Session, held: Claim, given: CollectInput, result: Siblings) -> Outcome:
        if _moved_on(session, held):
            return Outcome.superseded()
        channel = session.get_one(Channel, given.channel_id)
        written = ingest(session, channel, result)
        if written.changed:
            # The new revision gets work of its own; this range has been read for it already.
            nexts = schedule(session, written.changed, sibling_range(given.known), bulk=self._bulk)
            return Outcome.superseded(tuple(nexts))
        group = session.scalars(select(MediaGroup).where(MediaGroup.publication_id == held.subject_id)).one()
        group.collects += 1
        posts = session.scalars(select(Post).where(Post.publication_id == held.subject_id)).all()
        if still_open(posts, asked=group.collects):
            settings = get_settings()
            return Outcome((), State.DUE, "may still grow", settings.album_wait / settings.album_polls)
        return Outcome(tuple(start_media(session, {held.subject_id: held.revision}, bulk=self._bulk)))


def _moved_on(session: Session, held: Claim) -> bool:
    """Whether the publication has another revision by now; the channel's lock keeps the answer true."""
    return session.get_one(Publication, held.subject_id).revision != held.revision
