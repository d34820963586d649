"""Finds watched channels that cannot be read, and histories that are not read and have no work under way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.db import snapshot, transaction
from app.models import Channel
from app.operations import channels
from app.status.unread import closed_channels, held_up_histories
from app.verify.check import Check, Fault
from app.verify.reading import pages


class Reach(Check[int]):
    """Checks that every watched channel can be read, and that its history has been read or is under way."""

    name = "channels"
    remedy = "where a channel is refused, its reason names the remedy; `verify --repair` makes unread history due"

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(Channel.id, Channel.enabled.is_(True))

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            closed = {id_: f"could not be read: {error}" for id_, error in closed_channels(session)}
            unread = dict(held_up_histories(session))
            names = dict(session.execute(select(Channel.id, Channel.reference).where(Channel.id.in_(keys))).all())
        hopeless = "Telegram has to allow it first"
        return [
            *(Fault(id_, names[id_], closed[id_], hopeless) for id_ in keys if id_ in closed),
            *(Fault(id_, names[id_], unread[id_]) for id_ in keys if id_ in unread),
        ]

    def mend_one(self, fault: Fault[int]) -> bool:
        with transaction() as session:
            return bool(channels.backfill(session, [fault.key]))
