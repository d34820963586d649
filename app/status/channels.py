"""The state of watched channels: freshness, progress of their history, counts, and a remedy where reading stops."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Select, select, true
from sqlalchemy.orm import Session

from app.browse.subjects import channel_address
from app.domain import remedies
from app.domain.channel_states import ChannelState, state_of
from app.domain.fetching import ALL
from app.domain.freshness import is_stale
from app.models import Channel, Publication
from app.pipeline.engine import counters
from app.pipeline.posts.identity import names_by_channel
from app.pipeline.posts.left_out import rules_of
from app.search.cursors import id_cursor, id_of
from app.search.limits import walking
from app.search.within import Within, is_within
from app.settings import get_settings
from app.status.left_out import LeftOutCount, left_out_counts
from app.status.stages import age
from app.status.unread import held_up_histories

PAGE = 50  # channels


@dataclass(frozen=True)
class ChannelStatus:
    """A watched channel. Ages are in seconds, None for never."""

    reference: str
    title: str
    telegram_id: int | None
    username: str | None
    enabled: bool
    posts: int
    history_left: int | None  # ids of history still to read, without those left out; None before the first poll
    polled: float | None
    fresh: float | None  # seconds since a poll reached the head
    error: str | None
    stale: bool  # as domain.freshness decides
    restriction: str = ""  # by Telegram: all or apps
    names: tuple[str, ...] = ()  # of today
    former_names: tuple[str, ...] = ()  # the newest first
    limits: str | None = None  # of its files, in words; None: there are none
    fetch: dict[str, object] = field(default_factory=dict)  # the same as values: domain.fetching
    left_out: LeftOutCount = field(default_factory=LeftOutCount)  # files that the limits leave out
    history_left_out: int = 0  # ids of history that `since` leaves unread
    id: int = 0
    state: ChannelState = ChannelState.ACTIVE
    remedy: str = ""  # for a state that needs one, in words
    command: str = ""  # that does it, or tells more
    publications: int = 0
    history_read: float | None = None  # share of all ids of its history, 0 to 1; None before the first poll


class Chosen(StrEnum):
    """Which channels a page lists."""

    ALL = "all"
    WATCHED = "watched"
    FAILING = "failing"  # watched, with an error of the last poll
    REMOVED = "removed"


@dataclass(frozen=True)
class ChannelShown:
    """A channel on its page. address: of its posts. newest: time of its newest post.

    held_up: why its history is not read on. commands: those that change it, as a person types them.
    """

    status: ChannelStatus
    address: str
    newest: datetime | None
    held_up: str | None
    commands: tuple[str, ...]


@dataclass(frozen=True)
class ChannelPage:
    """Channels in the order in which they were added. cursor: of the next page, None at the end.

    files, bytes: of all channels, each file once; None for a caller who may see some channels only.
    """

    channels: tuple[ChannelShown, ...]
    cursor: str | None
    files: int | None
    bytes: int | None


def channels(
    session: Session, now: datetime, *, disabled: bool = False, ids: Collection[int] | None = None
) -> list[ChannelStatus]:
    """The watched channels; with `disabled` also those that were removed. ids: only these."""
    query = select(Channel).order_by(Channel.id)
    rows = session.scalars(query if ids is None else query.where(Channel.id.in_(ids)))
    return _told(session, [row for row in rows if row.enabled or disabled], now)


def channel_page(
    session: Session,
    now: datetime,
    *,
    chosen: Chosen = Chosen.ALL,
    cursor: str | None = None,
    limit: int = PAGE,
    within: Within = None,
) -> ChannelPage:
    """A page of channels. within: only these. UserError for a cursor that no page gave."""
    after = id_of("channel", cursor) if cursor else 0
    query = _chosen(chosen).where(Channel.id > after, is_within(Channel.id, within)).order_by(Channel.id)
    rows = session.scalars(query.limit(limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    ids = [row.id for row in rows]
    newest, held_up = _newest(session, ids), dict(held_up_histories(session, ids))
    shown = tuple(
        ChannelShown(told, channel_address(row), newest.get(row.id), held_up.get(row.id), _commands(told))
        for row, told in zip(rows, _told(session, rows, now), strict=True)
    )
    files, size = counters.by_key(session, "media_files", "media_files.bytes").values()
    all_ = (files.get(0, 0), size.get(0, 0)) if within is None else (None, None)
    return ChannelPage(shown, id_cursor("channel", ids[-1]) if more else None, *all_)


def _chosen(chosen: Chosen) -> Select[Channel]:
    query = select(Channel)
    if chosen is Chosen.REMOVED:
        return query.where(~Channel.enabled)
    watched = query.where(Channel.enabled) if chosen is not Chosen.ALL else query
    return watched.where(Channel.last_error.is_not(None)) if chosen is Chosen.FAILING else watched


def _told(session: Session, rows: Sequence[Channel], now: datetime) -> list[ChannelStatus]:
    posts, publications = counters.by_key(session, "posts", "publications").values()
    left = left_out_counts(session)
    names = names_by_channel(session)
    return [
        replace(
            _channel(row, left.get(row.id, LeftOutCount()), now),
            posts=posts.get(row.id, 0),
            publications=publications.get(row.id, 0),
            names=tuple(name for name, today in names.get(row.id, ()) if today),
            former_names=tuple(name for name, today in names.get(row.id, ()) if not today),
        )
        for row in rows
    ]


def _channel(channel: Channel, left_out: LeftOutCount, now: datetime) -> ChannelStatus:
    unread = None if channel.backfill_cursor is None else max(0, channel.backfill_cursor - 1)
    chosen = (unread or 0) if channel.history_left_before is not None else 0
    rules = rules_of(channel)
    fresh, interval = age(now, channel.last_success_at), get_settings().poll_interval
    stale = channel.enabled and is_stale(fresh, (now - channel.added_at).total_seconds(), interval)
    polled, restricted = channel.last_polled_at is not None, channel.restriction != ""
    error = channel.last_error if channel.enabled else None
    remedy = remedies.of_channel(channel.reference, error, restricted=restricted, stale=stale, watched=channel.enabled)
    return ChannelStatus(
        reference=channel.reference,
        title=channel.title,
        telegram_id=channel.telegram_id,
        username=channel.username,
        enabled=channel.enabled,
        posts=0,
        history_left=None if unread is None else unread - chosen,
        polled=age(now, channel.last_polled_at),
        fresh=fresh,
        error=channel.last_error,
        restriction=channel.restriction,
        stale=stale,
        limits=None if rules == ALL else str(rules),
        fetch=rules.as_json(),
        left_out=left_out,
        history_left_out=chosen,
        id=channel.id,
        state=state_of(enabled=channel.enabled, polled=polled, error=error, restricted=restricted, stale=stale),
        remedy=remedy.text if remedy else "",
        command=remedy.command if remedy else "",
        history_read=None if unread is None else _share(channel.cursor, unread - chosen),
    )


def _share(newest: int | None, left: int) -> float:
    """The part of ids up to the newest that is not left to read, 0 to 1."""
    return 1 - min(1.0, left / newest) if newest else 1.0


def _newest(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """channel -> time of its newest publication: the end of its list in the index of the feed."""
    last = select(Publication.posted_at).where(Publication.channel_id == Channel.id, Publication.posted_at.is_not(None))
    order = (Publication.channel_id.desc(), Publication.posted_at.desc(), Publication.id.desc())
    one = last.order_by(*order).limit(1).correlate(Channel).lateral()
    query = select(Channel.id, one.c.posted_at).select_from(Channel).join(one, true()).where(Channel.id.in_(ids))
    with walking(session):
        return {id_: at.astimezone(UTC) for id_, at in session.execute(query) if at is not None}


def _commands(channel: ChannelStatus) -> tuple[str, ...]:
    """The commands of an operator for a channel, as the command line takes them."""
    name = channel.reference
    if not channel.enabled:
        return (remedies.command("channels add", name),)
    history = remedies.command("backfill", "--channel", name)
    return (
        *((history,) if channel.history_left else ()),
        remedies.command("channels set", name, "--media", "photo,video"),
        remedies.command("channels remove", name),
    )
