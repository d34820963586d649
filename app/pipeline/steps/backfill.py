"""backfill: reads a channel's history downwards, some pages in each run, behind its live posts and in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

from sqlalchemy.orm import Session

from app.domain.deletions import lowest_of, unread
from app.domain.fetching import history_left_out, is_before, is_wider
from app.domain.flow import Call
from app.domain.kinds import State, Step
from app.domain.messages import ChannelRef, Incoming, Unparsed, described_in
from app.domain.messages import Page as Answer
from app.errors import MediaAuditError, Skip
from app.models import Channel
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.work import Claim
from app.pipeline.posts.channels import (
    PAGE,
    UNWATCHED,
    channel_ref,
    ids_read,
    lock_channels,
    note_refusal,
    resolved_elsewhere,
)
from app.pipeline.posts.identity import learn
from app.pipeline.posts.ingest import PostColumns, columns_of, ingest
from app.pipeline.posts.schedule import schedule
from app.ports import TelegramSource


@dataclass(frozen=True)
class BackfillInput:
    """The channel, and the id below which the next page lies. since: no message before it is wanted."""

    channel_id: int
    ref: ChannelRef
    below: int
    since: date | None = None


Page = Sequence[Incoming | Unparsed]


@dataclass(frozen=True)
class Read:
    """Pages of history, with the columns of their posts.

    shows: whether the channel shows its newest message, asked where the page is empty.
    """

    page: Page
    shows: bool = True
    columns: Mapping[int, PostColumns] = field(default_factory=dict)


# Pages of one run. Their albums and downloads share their batches, and only an album across the border of two runs has
# to be asked for again. With more of them a live poll would wait longer for the channel's lock.
PAGES = 4
HIDDEN_AGAIN = 3600.0  # seconds until history that Telegram hides is asked for again


class Backfill(ExternalStep[BackfillInput, Read]):
    """Reads some pages of history in each run; the row stays due until the first message or the channel's limit."""

    step = Step.BACKFILL

    def __init__(self, source: TelegramSource, account: str) -> None:
        self._source = source
        self._account = account

    def load(self, session: Session, held: Claim) -> BackfillInput:
        channel = session.get_one(Channel, held.subject_id)
        if not channel.enabled:
            raise Skip(UNWATCHED)
        if not channel.backfill_cursor:
            raise Skip("the whole history has been read")
        if (before := channel.history_left_before) is not None and not is_wider(channel.fetch_since, before):
            raise Skip(history_left_out(before))
        ref = channel_ref(channel, self._account)
        if ref is None:
            raise resolved_elsewhere(channel)
        return BackfillInput(channel.id, ref, channel.backfill_cursor, channel.fetch_since)

    def perform(self, inputs: Sequence[BackfillInput]) -> list[Read | MediaAuditError]:
        found = [self._read(given) for given in inputs]
        return [replace(read, columns=columns_of(read.page)) for read in found]

    def _read(self, given: BackfillInput) -> Read:
        page = self._source.history(given.ref, below=given.below, limit=PAGE)
        if page:
            return Read(self._with_older(given, page))
        if given.below <= 1:
            return Read(page)
        # An empty page may be an accident: the ids below it would show that.
        near = self._source.messages(given.ref, range(max(1, given.below - PAGE), given.below))
        if found := [message for message in near if message is not None]:
            return Read(Answer(found, described_in(near)))
        # Nothing is left below, or nothing that this account may see: the channel's description tells.
        info = self._source.describe(given.ref)
        restricted = info is not None and info.restriction != ""
        return Read(Answer((), info), shows=not restricted or bool(self._source.history(given.ref, limit=1)))

    def _with_older(self, given: BackfillInput, page: Page) -> Page:
        """The page with those below it. A page that cannot be read, or is empty, is left to the next run: it takes a
        closer look, and the pages that were read before it are kept."""
        pages = [page]
        with suppress(MediaAuditError):
            while len(pages) < PAGES and (below := _lowest(pages[-1])) > 1 and not _passes(given.since, pages[-1]):
                if not (older := self._source.history(given.ref, below=below, limit=PAGE)):
                    break
                pages.append(older)
        return Answer(chain.from_iterable(reversed(pages)), described_in(*pages))

    def lock(self, session: Session, inputs: Sequence[BackfillInput]) -> None:
        lock_channels(session, (given.channel_id for given in inputs))

    def failed(self, session: Session, held: Claim, given: BackfillInput, error: MediaAuditError) -> None:
        note_refusal(session, given.channel_id, error)

    def finish(self, session: Session, held: Claim, given: BackfillInput, result: Read) -> Outcome:
        channel, read = session.get_one(Channel, given.channel_id), result.page
        learn(session, channel, described_in(read), self._account, lowest_of([m.id for m in read]))
        page = _kept(read, channel.fetch_since)  # the limit of now, not of the claim
        if read and not page:
            return _stopped(channel)
        written = ingest(session, channel, page, columns=result.columns)
        if not read and (rest := unread(described_in(read), given.below, shows=result.shows)) is not None:
            channel.backfill_cursor, reason = rest
            return Outcome((), State.WAITING, reason, HIDDEN_AGAIN)
        lowest = _lowest(page)
        ended = lowest <= 1
        channel.backfill_cursor = 0 if ended else lowest
        nexts = schedule(session, written.changed, ids_read(channel), bulk=True)
        if ended:
            return Outcome(tuple(nexts))
        # The next page first: a backfill spends its time waiting for Telegram.
        return Outcome((Call(Step.BACKFILL, (held.key,), bulk=True), *nexts), State.DUE, "more to read")


def _lowest(page: Page) -> int:
    return min((m.id for m in page), default=1)


def _passes(since: date | None, page: Page) -> bool:
    """Whether the page reaches down beyond the limit."""
    return min(page, key=lambda m: m.id) not in _kept(page, since)


def _kept(page: Page, since: date | None) -> Page:
    """The messages down to the lowest id that is not before the limit.

    Ids alone decide where the next page begins, so an older date among younger ones ends nothing.
    """
    lowest = min((m.id for m in page if not is_before(m.date, since)), default=None)
    return [m for m in page if lowest is not None and m.id >= lowest]


def _stopped(channel: Channel) -> Outcome:
    """Ends the backfill by choice: the whole page is older than the channel's limit."""
    assert channel.fetch_since is not None
    channel.history_left_before = channel.fetch_since
    return Outcome(reason=history_left_out(channel.fetch_since))
