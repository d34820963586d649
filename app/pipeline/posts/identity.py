"""Keeps what Telegram says of a channel with each answer: its names, its title, and what this login sees of it.

The number is the channel; names pass from one to another. The caller has locked the channel's row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.messages import ChannelInfo, login_of
from app.domain.names import among, references
from app.models import Channel, ChannelName


def learn(session: Session, channel: Channel, info: ChannelInfo | None, account: str, lowest: int | None) -> None:
    """Writes the result of one read. lowest: the lowest id that it showed.

    An answer that is older than the description in the row changes no name: pages of history come beside polls.
    """
    _saw(channel, login_of(account), lowest)
    if info is None:
        return
    if info.hidden_until is not None:
        channel.hidden_until = info.hidden_until
    at = info.at or datetime.now(UTC)
    if channel.described_at is not None and channel.described_at > at:
        return
    channel.telegram_id, channel.access_hash, channel.account = info.ref.telegram_id, info.ref.access_hash, str(account)
    channel.username, channel.title, channel.restriction = info.username, info.title, info.restriction
    channel.described_at = at
    _rename(session, channel, info, at)


def _saw(channel: Channel, login: str, lowest: int | None) -> None:
    if channel.login != login:
        channel.login = login
        channel.seen_from = channel.hidden_until = channel.vanished_at = None
    if lowest is None:
        return
    channel.seen_from = lowest if channel.seen_from is None else min(channel.seen_from, lowest)
    if channel.hidden_until is not None and lowest <= channel.hidden_until:
        channel.hidden_until = None  # its history was opened since


def names_of(session: Session, channel_id: int) -> tuple[str, ...]:
    """The names that the channel has today, as far as Telegram has told."""
    return tuple(row.name for row in _today(session, channel_id))


def names_by_channel(session: Session) -> dict[int, list[tuple[str, bool]]]:
    """channel -> its names, and whether it has them today; the former ones the newest first."""
    found: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    order = ChannelName.until.desc().nulls_first(), ChannelName.id
    for row in session.scalars(select(ChannelName).order_by(*order)):
        found[row.channel_id].append((row.name, row.until is None))
    return found


def _today(session: Session, channel_id: int) -> list[ChannelName]:
    query = select(ChannelName).where(ChannelName.channel_id == channel_id, ChannelName.until.is_(None))
    return list(session.scalars(query.order_by(ChannelName.id)))


def _rename(session: Session, channel: Channel, info: ChannelInfo, at: datetime) -> None:
    names = info.usernames or ((info.username,) if info.username else ())
    known = _today(session, channel.id)
    for row in known:
        if not among(row.name, names):
            row.until = at
    new = [name for name in names if not among(name, [row.name for row in known])]
    session.add_all(ChannelName(channel_id=channel.id, name=name, since=at) for name in new)
    session.flush()
    _refer(session, channel, names, at)


def lose_names(session: Session, channel: Channel, names: Iterable[str]) -> None:
    """Notes that these names, with @, lead to another channel now: else that one could not be added."""
    at = datetime.now(UTC)
    for row in _today(session, channel.id):
        if among(row.name, names):
            row.until = at
    session.flush()
    left = names_of(session, channel.id)
    channel.username = left[0] if left else None
    _refer(session, channel, left, at)


def _refer(session: Session, channel: Channel, names: tuple[str, ...], at: datetime) -> None:
    """Changes a reference by a name that the channel has no longer: that name may lead to a stranger."""
    if not channel.reference.startswith("@") or among(channel.reference, names):
        return
    _remember(session, channel, at)
    free_reference(session, channel, names)


def _remember(session: Session, channel: Channel, at: datetime) -> None:
    """Keeps the name of a reference as a former one, if no poll ever saw it."""
    name = channel.reference.removeprefix("@")
    known = select(ChannelName.id).where(
        ChannelName.channel_id == channel.id, func.lower(ChannelName.name) == name.lower()
    )
    if session.scalars(known.limit(1)).first() is None:
        session.add(ChannelName(channel_id=channel.id, name=name, since=channel.added_at, until=at))
        session.flush()


def free_reference(session: Session, channel: Channel, names: Iterable[str]) -> None:
    """Refers to the channel by its first name of today, or by its number where another row has that name."""
    for wanted in references(channel.telegram_id, names):
        if _refer_by(session, channel, wanted):
            return


def _refer_by(session: Session, channel: Channel, wanted: str) -> bool:
    taken = select(Channel.id).where(func.lower(Channel.reference) == wanted.lower(), Channel.id != channel.id)
    if session.scalars(taken.limit(1)).first() is not None:
        return False
    try:
        with session.begin_nested():  # another poll may write the same name at this moment
            channel.reference = wanted
            session.flush()
    except IntegrityError:
        return False
    return True
