"""Changes the limits of a channel, and makes the downloads and history due that the new ones let in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.fetching import FetchRules, is_wider
from app.domain.kinds import Step
from app.models import Channel
from app.operations.retry import load_all
from app.pipeline.engine import work
from app.pipeline.posts.left_out import let_in, rules_of

PAGE = 1_000  # media let in by one transaction: workers wait no longer for its locks


@dataclass(frozen=True)
class Changed:
    """A change of limits. history: whether older posts are read now."""

    channel: int
    reference: str
    rules: FetchRules
    history: bool


def change(session: Session, channel: Channel, changes: Mapping[str, Any]) -> Changed:
    """Writes new limits; call `let_in_now` after the commit. changes: of fields of FetchRules; others stay."""
    # The strongest lock: workers that leave media out by the old limits end first, and the next ones read the new.
    session.flush()
    locked = select(Channel).where(Channel.id == channel.id).with_for_update()
    session.execute(locked.execution_options(populate_existing=True))
    rules = replace(rules_of(channel), **changes)
    channel.fetch_kinds = None if rules.kinds is None else sorted(rules.kinds)
    channel.fetch_max_bytes, channel.fetch_since = rules.max_bytes, rules.since
    before = channel.history_left_before
    further = before is not None and is_wider(rules.since, before)
    if further:
        channel.history_left_before = None
        work.requeue(session, Step.BACKFILL, [(channel.id, 0)], hint=0.0)
    return Changed(channel.id, channel.reference, rules, further)


def let_in_now(channel_id: int) -> int:
    """Makes the downloads due that the channel's limits leave out no more; returns their number.

    It commits page by page and may be repeated: the next call goes on after one that was cut off. Publishes nothing:
    the sweeper finds the rows, as history behind live posts.
    """
    count, after = 0, 0
    while True:
        with transaction() as session:
            due, last = let_in(session, session.get_one(Channel, channel_id), after, PAGE)
            load_all(session, due)
        count += len(due)
        if last is None:
            return count
        after = last
