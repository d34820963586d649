"""Compares the messages in Telegram with the stored posts, id by id, within the ids that each channel has read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.telegram.refusals import ChannelRefused, Unreadable
from app.db import snapshot, transaction
from app.domain.deletions import Hole, View, lowest_of, needs_look, sort_out
from app.domain.gaps import compare
from app.domain.messages import ChannelRef, Incoming, Unparsed, described_in
from app.errors import MediaAuditError, Permanent, Transient, UserError
from app.models import Channel, Post
from app.pipeline.posts import tombstones
from app.pipeline.posts.channels import channel_ref, lock_channel, view_of
from app.pipeline.posts.ingest import ingest
from app.pipeline.posts.schedule import schedule
from app.ports import TelegramSource
from app.verify.check import Check, Fault

PAGE = 100  # ids: the most that Telegram accepts in one request
PATIENCE = 300.0  # seconds that Telegram may ask to wait; with more, the check gives up
TRIES = 5  # of one request
OF_ONE_CHANNEL = (ChannelRefused, Unreadable, Permanent)
SILENT = 3  # channels in a row about which Telegram's servers fail: then they fail about all

T = TypeVar("T")
Key = tuple[int, int]  # (channel, message id)
Message = Incoming | Unparsed


@dataclass
class Reach:
    """The ids of a channel that have been read: from `first` to `last`."""

    channel: int
    name: str
    ref: ChannelRef
    first: int
    last: int
    view: View  # what this login saw so far; it grows with the pages


class Telegram(Check[Key]):
    """Checks that every message among the ids read is stored, and that posts deleted in Telegram are marked deleted."""

    name = "telegram"
    remedy = (
        "media-audit verify --telegram --repair; where another process is connected: `media-audit down` first, "
        "or `media-audit backfill --again`, which reads everything once more"
    )

    def __init__(self, source: TelegramSource, account: str) -> None:
        """account: its fingerprint, because access hashes are valid for one account only."""
        self._source, self._account = source, account
        self._reach: dict[int, Reach] = {}
        self._unasked: list[str] = []  # channels, each with the reason
        self._page: Mapping[int, Message | None] = {}  # the answers about the page that is judged
        self._refused: dict[int, str] = {}  # channels that Telegram refuses, each with the reason
        self._unseen: list[str] = []  # channels of which no second look could be taken, each with the reason
        self._stopped: str | None = None  # why no further channel can be asked about
        self._silent = 0  # channels in a row about which the servers failed
        self._looked: set[int] = set()  # channels of which a second look was taken
        self._untold: Counter[str] = Counter()  # posts by channel that are holes and may exist

    def pages(self) -> Iterator[Sequence[Key]]:
        with snapshot() as session:
            channels = session.scalars(select(Channel).where(Channel.enabled, Channel.cursor > 0).order_by(Channel.id))
            for channel in channels.all():
                self._look(channel)
        for reach in self._reach.values():
            ids = range(reach.first, reach.last + 1)
            for start in range(0, len(ids), PAGE):
                if reach.channel in self._refused:
                    break
                if self._stopped is not None:
                    self._unasked.append(f"{reach.name}: {self._stopped}")
                    break
                some = ids[start : start + PAGE]
                answers = self._answers_or_none(reach.channel, some)
                if answers is not None:
                    self._page = answers
                    yield [(reach.channel, id_) for id_ in some]
        if self._unasked or self._refused or self._unseen:
            unasked = map("not asked: {}".format, self._unasked)
            raise MediaAuditError("; ".join([*self._refused.values(), *self._unseen, *unasked]))

    def judge(self, keys: Sequence[Key]) -> list[Fault[Key]]:
        channel = keys[0][0]
        ids = [id_ for _, id_ in keys]
        theirs = {id_ for id_, message in self._page.items() if message is not None}
        with snapshot() as session:
            ours = _kept(session, channel, ids)
            theirs -= tombstones.posts(session, session.get_one(Channel, channel), theirs - ours.keys())
        gone = self._gone(channel, theirs, [id_ for id_ in ids if ours.get(id_) and id_ not in theirs])
        seen = theirs | {id_ for id_ in ours if id_ not in gone and id_ not in theirs and ours[id_]}
        return [
            Fault((channel, gap.id), f"{self._reach[channel].name}/{gap.id}", gap.what)
            for gap in compare(ids, seen, ours)
        ]

    def _gone(self, channel: int, theirs: Collection[int], holes: Sequence[int]) -> Collection[int]:
        """The holes that are deleted messages; the others are counted for a note.

        Pages come in ascending order: below a page lies what this login was shown before. The second look at a channel,
        one request for its description and one for its newest message, is taken once.
        """
        reach = self._reach[channel]
        reach.view = replace(reach.view, lowest=lowest_of(theirs, _known(reach.view.lowest)))
        if channel not in self._looked and needs_look(holes, reach.view):
            self._look_again(channel, reach)
        found = sort_out(holes, reach.view)
        self._untold[reach.name] += len(holes) - len(found[Hole.DELETED])
        return found[Hole.DELETED]

    def _look_again(self, channel: int, reach: Reach) -> None:
        self._looked.add(channel)
        try:
            look = self._patient(lambda: self._source.describe(reach.ref))
            newest = self._patient(
                lambda: self._source.history(reach.ref, above=reach.first - 1, below=reach.last + 1, limit=1)
            )
        except MediaAuditError as error:
            self._unseen.append(f"{reach.name}: whether posts were deleted cannot be told: {error}")
            self._consider(error)
            return
        reach.view = replace(reach.view.with_look(look), all_gone=not newest)

    def notes(self) -> list[str]:
        return [
            f"{name}: {count} posts that this account is not shown now: whether they were deleted cannot be told"
            for name, count in self._untold.items()
            if count
        ]

    def mend(self, faults: Sequence[Fault[Key]]) -> int:
        """Ingests the messages like a page of history: new ones are added, deleted ones get deleted_at and stay."""
        channel = faults[0].key[0]
        reach = self._reach[channel]
        answers = self._answers_or_none(channel, [fault.key[1] for fault in faults])
        if answers is None:
            return 0
        with transaction() as session:
            row = lock_channel(session, channel)
            found = [message for message in answers.values() if message is not None]
            gone = sort_out((id_ for id_, message in answers.items() if message is None), reach.view)[Hole.DELETED]
            written = ingest(session, row, found, gone)
            schedule(session, written.changed, range(reach.first, reach.last + 1), bulk=True)
        return len(faults)

    def _look(self, channel: Channel) -> None:
        ref = channel_ref(channel, self._account)
        if ref is None or channel.cursor is None or channel.backfill_cursor is None:
            self._unasked.append(f"{channel.reference}: {_why_unasked(channel)}")
            return
        first = max(1, channel.backfill_cursor)
        seen = view_of(channel, self._account).with_look(None)  # the border of today counts, not that of the last poll
        self._reach[channel.id] = Reach(channel.id, channel.reference, ref, first, channel.cursor, seen)

    def _answers_or_none(self, channel: int, ids: Sequence[int]) -> Mapping[int, Message | None] | None:
        """The answers; None where Telegram refuses the channel, or can be asked about none."""
        name = self._reach[channel].name
        try:
            answers = self._ask(channel, ids)
        except MediaAuditError as error:
            self._refused[channel] = f"{name} not checked from {name}/{ids[0]} on: {error}"
            self._consider(error)
            return None
        self._silent = 0
        return answers

    def _consider(self, error: MediaAuditError) -> None:
        """Ends the questions about all channels where the error is of the account, or of servers that stay silent."""
        if isinstance(error, OF_ONE_CHANNEL):
            return
        failed = isinstance(error, Transient) and error.charge  # a server's trouble; waits of the account cost nothing
        self._silent += failed
        if not failed or self._silent >= SILENT:
            self._stopped = str(error)

    def _ask(self, channel: int, ids: Sequence[int]) -> Mapping[int, Message | None]:
        """id -> message, or None if there is none."""
        answers = self._patient(lambda: self._source.messages(self._reach[channel].ref, ids))
        if (info := described_in(answers)) is not None:
            self._reach[channel].view = replace(self._reach[channel].view, restriction=info.restriction)
        return dict(zip(ids, answers, strict=True))

    def _patient(self, ask: Callable[[], T]) -> T:
        """The answer. Waits as long as Telegram asks, within PATIENCE."""
        for _ in range(TRIES - 1):
            try:
                return ask()
            except Transient as error:
                busy = isinstance(error, UserError)  # another process holds the account, and keeps it
                if busy or error.retry_after is None or error.charge or error.retry_after > PATIENCE:
                    raise
                time.sleep(error.retry_after)
        return ask()


def _known(id_: int | None) -> Sequence[int]:
    return () if id_ is None else (id_,)


def _kept(session: Session, channel: int, ids: Sequence[int]) -> dict[int, bool]:
    """id -> whether the post is not deleted, for the stored posts."""
    query = select(Post.telegram_message_id, Post.deleted_at.is_(None))
    rows = session.execute(query.where(Post.channel_id == channel, Post.telegram_message_id.in_(ids)))
    return dict(rows.all())


def _why_unasked(channel: Channel) -> str:
    """The reason for which this account has no address of the channel."""
    if channel.last_error is not None:
        return f"its last poll failed: {channel.last_error}"
    return "this login has not read it yet: `media-audit run --until-idle` does"
