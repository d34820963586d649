"""Keeps tag_days and forward_weeks exact, as the words are kept (app/pipeline/posts/document_counts.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.advisory_locks import AdvisoryLock
from app.domain.trends import ORIGIN, SEPARATOR, TAG, Trend, trends_of
from app.models import SearchDocument, SearchTrendsFill
from app.pipeline.posts.document_counts import DocumentCounts
from app.pipeline.posts.revisions import Row, items_of

# The columns of a table, the trends of which it holds the counts; `value` is its column of the tag or origin.
TABLES = {TAG: ("tag_days", "tag", "day", "text"), ORIGIN: ("forward_weeks", "origin", "week", "bigint")}
ADD = """
    INSERT INTO {table} AS known ({value}, {begins}, channel_id, n)
    SELECT * FROM unnest(
        CAST(:values AS {type}[]), CAST(:begins AS date[]), CAST(:channels AS bigint[]), CAST(:changes AS bigint[])
    ) ON CONFLICT ({value}, {begins}, channel_id) DO UPDATE SET n = known.n + excluded.n
"""
# Row by row down the primary key, whatever PostgreSQL knows of the table. Only a fold writes it, one at a time.
DROP = """
    DELETE FROM {table} WHERE ctid = ANY (ARRAY(
        SELECT gone.ctid FROM unnest(
            CAST(:values AS {type}[]), CAST(:begins AS date[]), CAST(:channels AS bigint[])
        ) AS one (value, begins, channel_id), LATERAL (
            SELECT ctid FROM {table} AS row
            WHERE {value} = one.value AND {begins} = one.begins AND row.channel_id = one.channel_id AND n = 0 OFFSET 0
        ) AS gone
    ))
"""
STATEMENTS = {
    kind: [text(one.format(table=table, value=value, begins=begins, type=type_)) for one in (ADD, DROP)]
    for kind, (table, value, begins, type_) in TABLES.items()
}


def origins_of(rows: Iterable[Row]) -> frozenset[int]:
    """The Telegram ids of the channels and users that posts were forwarded from."""
    found = (post.forward.get("from_telegram_id") for post, _ in rows if post.forward is not None)
    return frozenset(origin for origin in found if origin is not None)


class _Trends(DocumentCounts):
    def add(self, session: Session, sums: Mapping[str, int]) -> None:
        trends = {Trend.read(line): change for line, change in sums.items()}
        for kind, (add, drop) in STATEMENTS.items():
            if some := {one: change for one, change in trends.items() if one.kind == kind}:
                session.execute(add, {**_columns(some), "changes": list(some.values())})
            if fewer := [one for one, change in some.items() if change < 0]:
                session.execute(drop, _columns(fewer))

    def stored(self, session: Session, ids: Sequence[int]) -> dict[int, str]:
        """Read after the locks: a worker may have written other ones meanwhile."""
        posts = items_of(session, ids)
        fields = (SearchDocument.channel_id, SearchDocument.posted_at, SearchDocument.tag_list)
        query = select(SearchDocument.publication_id, *fields).where(SearchDocument.publication_id.in_(ids))
        return {
            id_: trends_of(channel, posted_at, tags, origins_of(posts.get(id_, ())))
            for id_, channel, posted_at, tags in session.execute(query)
        }


def _columns(trends: Iterable[Trend]) -> dict[str, Sequence[object]]:
    some = list(trends)
    values = [int(one.value) if one.kind == ORIGIN else one.value for one in some]
    return {"values": values, "begins": [one.begins for one in some], "channels": [one.channel_id for one in some]}


TRENDS = _Trends("trend", SEPARATOR, AdvisoryLock.TRENDS, SearchTrendsFill)
