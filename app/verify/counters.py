"""Compares the counts that `status` and the gauges show with the rows themselves, all of one moment."""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.advisory_locks import AdvisoryLock
from app.domain.kinds import State
from app.models import Counter, CounterDelta, LeftOutMedia, MediaFile, Post, Publication, Work
from app.verify.check import Check, Fault

Key = tuple[str, int]  # name of a count and its key: a channel, or 0
UNCOUNTED = ".uncounted"  # of the mark of a table whose first count is still to come
OPEN = (State.DUE, State.LEASED, State.WAITING)  # all other work is counted
LEFT_OUT = LeftOutMedia.channel_id
# Table -> statements that count its rows as (name, key, count).
ROWS: Mapping[str, Sequence[Select[str, int, Any]]] = {
    "posts": [select(literal("posts"), Post.channel_id, func.count()).group_by(Post.channel_id)],
    "publications": [
        select(literal("publications"), Publication.channel_id, func.count()).group_by(Publication.channel_id)
    ],
    "media_files": [
        select(literal("media_files"), literal(0), func.count(MediaFile.id)),
        select(literal("media_files.bytes"), literal(0), func.coalesce(func.sum(MediaFile.size), 0)),
    ],
    "left_out_media": [
        select(literal("left_out_media"), LEFT_OUT, func.count()).group_by(LEFT_OUT),
        select(literal("left_out_media.bytes"), LEFT_OUT, func.sum(LeftOutMedia.bytes)).group_by(LEFT_OUT),
    ],
    "work": [
        select(func.concat("work.", Work.step, ".", Work.state), literal(0), func.count())
        .where(Work.state.not_in(OPEN))
        .group_by(Work.step, Work.state)
    ],
}


class Counters(Check[str]):
    """Checks that each count equals its rows. Reads the tables as a whole, and by a formula of its own."""

    name = "counters"
    remedy = "media-audit verify --repair"

    def pages(self) -> Iterator[Sequence[str]]:
        return iter([[table] for table in ROWS])

    def judge(self, keys: Sequence[str]) -> list[Fault[str]]:
        """One fault for a table. A table that is still to be counted has none: its readers count the rows."""
        with snapshot() as session:
            found = {table: _differences(session, table) for table in keys if table not in _uncounted(session)}
        return [Fault(table, table, _told(wrong)) for table, wrong in found.items() if wrong]

    def mend_one(self, fault: Fault[str]) -> bool:
        """Appends the differences of one moment, so that writers need not stop."""
        with transaction() as lock:
            # One at a time, as counters.set_right: two would append the same difference twice.
            lock.execute(select(func.pg_advisory_xact_lock(AdvisoryLock.COUNTERS.value)))
            with snapshot() as session:
                wrong = _differences(session, fault.key)
            lock.add_all([CounterDelta(name=name, key=key, change=-more) for (name, key), more in wrong.items()])
        return True

    def notes(self) -> list[str]:
        with snapshot() as session:
            return [f"{table} are still to be counted, by the next sweep" for table in sorted(_uncounted(session))]


def _uncounted(session: Session) -> set[str]:
    marks = session.scalars(select(Counter.name).where(Counter.name.endswith(UNCOUNTED, autoescape=True)))
    return {mark.removesuffix(UNCOUNTED) for mark in marks}


def _differences(session: Session, table: str) -> dict[Key, int]:
    """count -> its value less its rows, where they differ."""
    values = union_all(
        select(Counter.name, Counter.key, Counter.value),
        select(CounterDelta.name, CounterDelta.key, CounterDelta.change),
    )
    wrong: Sums[Key] = Sums()
    for name, key, value in session.execute(values):
        if name.split(".")[0] == table:
            wrong[name, key] += value
    for query in ROWS[table]:
        wrong.subtract({(name, key): int(count) for name, key, count in session.execute(query)})
    return {key: more for key, more in sorted(wrong.items()) if more}


def _told(wrong: dict[Key, int]) -> str:
    (name, key), more = next(iter(wrong.items()))
    others = f", and {len(wrong) - 1} more counts" if len(wrong) > 1 else ""
    return f"the count {name} of {key} is {abs(more):,} too {'high' if more > 0 else 'low'}{others}"
