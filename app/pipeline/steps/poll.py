"""poll_channel: reads new messages above the cursor, and changes among the last ids."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.deletions import Hole, View, lowest_of, needs_look, sort_out, worth_asking
from app.domain.flow import Call, Key, Next
from app.domain.kinds import FINAL, State, Step
from app.domain.messages import ChannelInfo, ChannelRef, Incoming, Page, Unparsed, described_in
from app.domain.names import addresses, numbered
from app.errors import MediaAuditError, Permanent, Skip, Withheld
from app.models import Channel, Post, Work
from app.pipeline.engine import work
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.work import Claim
from app.pipeline.posts import tombstones
from app.pipeline.posts.channels import (
    PAGE,
    UNWATCHED,
    channel_ref,
    ids_read,
    known_ref,
    lock_channels,
    view_of,
)
from app.pipeline.posts.identity import learn, lose_names, names_of
from app.pipeline.posts.ingest import ingest
from app.pipeline.posts.resumption import resume_channel, resume_history
from app.pipeline.posts.schedule import schedule
from app.pipeline.posts.twins import merge_twin, twin_of
from app.ports import TelegramSource
from app.settings import get_settings

Message = Incoming | Unparsed
GAP_AGAIN = 60.0  # seconds until a poll asks again for messages that an empty answer leaves out
REFUSED = (Permanent, Withheld)  # verdicts on one way to a channel, after which another way is tried


@dataclass(frozen=True)
class PollInput:
    """The input of a poll. known: stored ids in the edit window that are not deleted."""

    began: datetime
    channel_id: int
    reference: str
    telegram_id: int | None  # once known it identifies the channel, even if the reference names another one later
    ref: ChannelRef | None
    cursor: int | None
    known: frozenset[int]
    names: tuple[str, ...] = ()  # of today, as far as Telegram has told
    stored: ChannelRef | None = None  # by the stored hash, whichever account it is of
    seen: View = field(default_factory=lambda: View(None, None))  # what this login saw at earlier polls


@dataclass(frozen=True)
class Polled:
    """Telegram's answers to a poll."""

    info: ChannelInfo | None  # set if the channel had to be resolved
    head: int  # the newest id; 0 for an empty channel
    page: Sequence[Message]  # above the cursor, without a gap to it
    again: Sequence[Message]  # the edit window
    gone: tuple[int, ...]  # known ids of deleted messages
    reached_head: bool
    told: ChannelInfo | None = None  # the channel as the answers describe it
    doubt: bool = False  # whether all known posts are gone, which the next poll has to confirm


class Poll(ExternalStep[PollInput, Polled]):
    """Reads a channel's live posts by ids, never by dates."""

    step = Step.POLL

    def __init__(self, source: TelegramSource, account: str) -> None:
        self._source = source
        self._account = account  # access hashes are per account

    def load(self, session: Session, held: Claim) -> PollInput:
        channel = session.get_one(Channel, held.subject_id)
        if not channel.enabled:
            raise Skip(UNWATCHED)
        return PollInput(
            datetime.now(UTC),
            channel.id,
            channel.reference,
            channel.telegram_id,
            channel_ref(channel, self._account),
            channel.cursor,
            _window(session, channel.id),
            names_of(session, channel.id),
            known_ref(channel),
            view_of(channel, self._account),
        )

    def perform(self, inputs: Sequence[PollInput]) -> list[Polled | MediaAuditError]:
        return [self._poll(given) for given in inputs]

    def finish(self, session: Session, held: Claim, given: PollInput, result: Polled) -> Outcome:
        channel = session.get_one(Channel, given.channel_id)
        number = result.info.ref.telegram_id if result.info is not None else channel.telegram_id
        if number is not None and (why := tombstones.of_channel(session, number)) is not None:
            channel.enabled, channel.last_polled_at, channel.last_error = False, given.began, why
            return Outcome(state=State.SKIPPED, reason=why)
        if result.info is not None and (twin := twin_of(session, channel, result.info)) is not None:
            channel.last_polled_at = given.began
            return merge_twin(session, channel, twin, result.info, self._account)
        blind = _blind(result)
        if channel.last_error is not None and blind is None:
            resume_channel(session)
        _note(channel, given, result, blind)
        self._learn(session, channel, given, result)
        if channel.cursor is None:
            return Outcome(_start(session, channel, result.head, backfill=get_settings().backfill))
        if not channel.cursor and not result.reached_head:
            # Empty at the last poll, more than a window now: only backfill pages through that without a gap.
            return Outcome(_start(session, channel, result.head, backfill=True))
        again = _read_before(session, channel, result.again)
        written = ingest(session, channel, [*result.page, *again], result.gone)
        channel.cursor = max([channel.cursor, *(m.id for m in result.page)])
        nexts = schedule(session, written.changed, ids_read(channel), bulk=False)
        if result.reached_head:
            return Outcome((*nexts, *resume_history(session, channel)))
        return Outcome((*nexts, Call(Step.POLL, (held.key,))), State.DUE, "more to read")

    def _learn(self, session: Session, channel: Channel, given: PollInput, result: Polled) -> None:
        """Takes over the names of today, and the part of the channel that this login may see."""
        lowest = lowest_of(_ids(result.again), _ids(result.page))
        told = result.told or result.info
        if told is not None and result.info is not None and told.hidden_until is None:
            told = replace(told, hidden_until=result.info.hidden_until)
        learn(session, channel, told, self._account, lowest)
        channel.vanished_at = (channel.vanished_at or given.began) if result.doubt else None

    def lock(self, session: Session, inputs: Sequence[PollInput]) -> None:
        lock_channels(session, (given.channel_id for given in inputs))

    def failed(self, session: Session, held: Claim, given: PollInput, error: MediaAuditError) -> None:
        channel = session.get_one(Channel, given.channel_id)
        channel.last_polled_at, channel.last_error = given.began, str(error)
        if error.strangers:
            lose_names(session, channel, error.strangers)

    def _poll(self, given: PollInput) -> Polled:
        info = None if given.ref else self._resolve(given)
        ref = given.ref or (info.ref if info else None)
        assert ref is not None
        again = self._newest(ref, max(1, get_settings().edit_window))
        head = max((m.id for m in again), default=0)
        if given.cursor is None:
            return Polled(info, head, (), again, (), reached_head=True, told=described_in(again) or info)
        page, whole = self._above(ref, given.cursor, again)
        told = described_in(page, again) or info
        view = replace(given.seen, lowest=lowest_of(_ids(again)), restriction=told.restriction if told else "")
        holes, looked, view = self._holes(ref, given, again, view)
        found = sort_out(holes, view)
        return Polled(info, head, page, again, found[Hole.DELETED], whole, looked or told, bool(found[Hole.DOUBTFUL]))

    def _above(self, ref: ChannelRef, cursor: int, again: Sequence[Message]) -> tuple[Sequence[Message], bool]:
        """The messages above the cursor without a gap to it, and whether they reach the head.

        again: the newest messages. That there are few of them proves no beginning: a page may come empty by accident.
        """
        lowest, fresh = min((m.id for m in again), default=1), [m for m in again if m.id > cursor]
        if lowest <= cursor + 1:
            return fresh, True
        if not cursor:
            between = self._source.messages(ref, range(max(1, lowest - PAGE), lowest))
            return fresh, len(again) < get_settings().edit_window and not any(between)
        page = self._source.history(ref, above=cursor, limit=PAGE)
        if not page:
            raise Withheld("Telegram shows newer messages, and none where the last poll ended", GAP_AGAIN)
        if lowest <= page[-1].id:
            return Page([*page, *(m for m in fresh if m.id > page[-1].id)], described_in(page)), True
        return page, False

    def _resolve(self, given: PollInput) -> ChannelInfo:
        """Resolves the channel again, since another account needs its own access hash.

        Names change owners: the posts of another channel under this name must not be stored as this channel's.
        """
        if given.telegram_id is None:
            return self._source.resolve(given.reference)
        held: Withheld | None = None
        strangers: list[str] = []
        for address in addresses(given.reference, given.telegram_id, given.names):
            try:
                info = self._source.resolve(address)
            except Withheld as error:
                held = held or error
            except Permanent:
                continue
            else:
                if info.ref.telegram_id == given.telegram_id:
                    return info
                strangers.append(address)
        try:
            return self._by_stored_hash(given, held)
        except MediaAuditError as error:
            error.strangers = tuple(strangers)
            raise

    def _by_stored_hash(self, given: PollInput, held: Withheld | None) -> ChannelInfo:
        """The last way to a channel without a name that is not among the dialogs: its hash may be this account's.

        held: a refusal of another way. It may pass (a frozen account), so the poll waits with its reason.
        """
        info = None
        if given.stored is not None:
            with suppress(*REFUSED):
                info = self._source.describe(given.stored)
        if info is None:
            raise held or Permanent(
                f"this account finds the channel {numbered(given.telegram_id or 0)} neither by a name nor among its"
                " own: join it with the account; the next poll goes on by itself"
            )
        return info

    def _newest(self, ref: ChannelRef, wanted: int) -> list[Message]:
        newest = self._source.history(ref, limit=min(PAGE, wanted))
        while newest and len(newest) < wanted:
            older = self._source.history(ref, below=newest[0].id, limit=min(PAGE, wanted - len(newest)))
            if not older:
                break
            newest = [*older, *newest]
        return newest

    def _holes(
        self, ref: ChannelRef, given: PollInput, again: Sequence[Message], view: View
    ) -> tuple[list[int], ChannelInfo | None, View]:
        """Asks by id for known posts missing from the window: absence from a page is no proof of anything.

        Returns the holes, the answer of a second look where one decides, and the view after both.
        """
        seen = {m.id for m in again}
        # A window that is not full reaches down to the channel's first message, even if that one was deleted.
        lowest = min(seen) if len(again) >= max(1, get_settings().edit_window) else 0
        view = replace(view, all_gone=bool(given.known) and not given.known & seen)
        missing = worth_asking(sorted(i for i in given.known if i not in seen and i >= lowest), view)
        if not missing:
            return [], None, view
        answers = self._source.messages(ref, missing)
        holes = [i for i, answer in zip(missing, answers, strict=True) if answer is None]
        view = replace(view, all_gone=view.all_gone and len(holes) == len(missing))
        looked = self._source.describe(ref) if needs_look(holes, view) else None
        return holes, looked, view.with_look(looked)


def enqueue_polls(session: Session) -> list[Next]:
    """Makes a poll of every watched channel due, unless one is due or running already; beat calls this."""
    query = (
        select(Channel.id)
        .outerjoin(Work, (Work.step == Step.POLL) & (Work.subject_id == Channel.id) & Work.state.not_in(FINAL))
        .where(Channel.enabled, Work.id.is_(None))
    )
    keys: list[Key] = [(channel, 0) for channel in session.scalars(query)]
    work.requeue(session, Step.POLL, keys, hint=get_settings().republish_after)
    return [Call(Step.POLL, (key,)) for key in keys]


def _window(session: Session, channel_id: int) -> frozenset[int]:
    query = (
        select(Post.telegram_message_id)
        .where(Post.channel_id == channel_id, Post.deleted_at.is_(None))
        .order_by(Post.telegram_message_id.desc())
        .limit(get_settings().edit_window)
    )
    return frozenset(session.scalars(query))


def _ids(messages: Sequence[Message]) -> list[int]:
    return [message.id for message in messages]


def _blind(result: Polled) -> str | None:
    """Why an answer without any message says nothing about the channel; None if it does."""
    told = result.told or result.info
    restricted = told is not None and told.restriction and not (result.again or result.page)
    return "Telegram restricts the channel, and shows no message of it: each poll asks again" if restricted else None


def _note(channel: Channel, given: PollInput, result: Polled, blind: str | None) -> None:
    channel.last_polled_at = given.began
    channel.last_error = blind
    if result.reached_head:
        channel.last_success_at = datetime.now(UTC)


def _read_before(session: Session, channel: Channel, again: Sequence[Message]) -> list[Message]:
    """The messages of the edit window that backfill will not bring: deleted ones may be back, and ids below the cursor
    may have become visible after it passed them."""
    ours = select(Post.telegram_message_id).where(
        Post.channel_id == channel.id, Post.telegram_message_id.in_([m.id for m in again])
    )
    known = set(session.scalars(ours))
    read = range(channel.backfill_cursor or 0, (channel.cursor or 0) + 1)
    return [m for m in again if m.id in known or m.id in read]


def _start(session: Session, channel: Channel, head: int, *, backfill: bool) -> tuple[Next, ...]:
    """Starts the live cursor at the newest id; backfill reads the older messages, now or later.

    Where no message is shown, all may be hidden from this account: they are unread history, not an empty channel.
    """
    channel.cursor = head
    newest = head or channel.hidden_until or 0
    channel.backfill_cursor = newest + 1 if newest else 0
    if not (newest and backfill):
        return ()
    key = (channel.id, 0)
    work.requeue(session, Step.BACKFILL, [key], hint=get_settings().republish_after)
    return (Call(Step.BACKFILL, (key,), bulk=True),)
