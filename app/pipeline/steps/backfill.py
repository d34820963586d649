"""backfill: reads a channel's history page by page downwards, behind its live posts and in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.deletions import lowest_of, unread
from app.domain.flow import Call
from app.domain.kinds import State, Step
from app.domain.messages import ChannelRef, Incoming, Unparsed, described_in
from app.domain.messages import Page as Answer
from app.errors import MediaAuditError, Skip
from app.models import Channel
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.work import Claim
from app.pipeline.posts.channels import PAGE, channel_ref, lock_channels, note_refusal, resolved_elsewhere
from app.pipeline.posts.identity import learn
from app.pipeline.posts.ingest import ingest
from app.pipeline.posts.schedule import schedule
from app.ports import TelegramSource


@dataclass(frozen=True)
class BackfillInput:
    """The channel, and the id below which the next page lies."""

    channel_id: int
    ref: ChannelRef
    below: int


Page = Sequence[Incoming | Unparsed]
HIDDEN_AGAIN = 3600.0  # seconds until history that Telegram hides is asked for again


class Backfill(ExternalStep[BackfillInput, Page]):
    """Reads one page of history in each run; the row stays due until the channel's first message is reached."""

    step = Step.BACKFILL

    def __init__(self, source: TelegramSource, account: str) -> None:
        self._source = source
        self._account = account

    def load(self, session: Session, held: Claim) -> BackfillInput:
        channel = session.get_one(Channel, held.subject_id)
        if not channel.enabled:
            raise Skip("the channel is not watched any more")
        if not channel.backfill_cursor:
            raise Skip("the whole history has been read")
        ref = channel_ref(channel, self._account)
        if ref is None:
            raise resolved_elsewhere(channel)
        return BackfillInput(channel.id, ref, channel.backfill_cursor)

    def perform(self, inputs: Sequence[BackfillInput]) -> list[Page | MediaAuditError]:
        return [self._page(given) for given in inputs]

    def _page(self, given: BackfillInput) -> Page:
        page = self._source.history(given.ref, below=given.below, limit=PAGE)
        if page or given.below <= 1:
            return page
        # Nothing is left below, or nothing that this account may see: the channel's description tells.
        return Answer(page, self._source.describe(given.ref))

    def lock(self, session: Session, inputs: Sequence[BackfillInput]) -> None:
        lock_channels(session, (given.channel_id for given in inputs))

    def failed(self, session: Session, held: Claim, given: BackfillInput, error: MediaAuditError) -> None:
        note_refusal(session, given.channel_id, error)

    def finish(self, session: Session, held: Claim, given: BackfillInput, result: Page) -> Outcome:
        channel = session.get_one(Channel, given.channel_id)
        learn(session, channel, described_in(result), self._account, lowest_of([m.id for m in result]))
        written = ingest(session, channel, result)
        if not result and (rest := unread(described_in(result), given.below)) is not None:
            channel.backfill_cursor, reason = rest
            return Outcome((), State.WAITING, reason, HIDDEN_AGAIN)
        lowest = min((m.id for m in result), default=1)
        ended = lowest <= 1
        read = range(1 if ended else lowest, (channel.cursor or 0) + 1)
        channel.backfill_cursor = 0 if ended else lowest
        nexts = schedule(session, written.changed, read, bulk=True)
        if ended:
            return Outcome(tuple(nexts))
        # The next page first: a backfill spends its time waiting for Telegram.
        return Outcome((Call(Step.BACKFILL, (held.key,), bulk=True), *nexts), State.DUE, "more to read")
