"""The base of the checks of counts that the sweeper adds up: how many documents are counted with each item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from sqlalchemy import TextClause, func, inspect, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db import snapshot, transaction
from app.domain.advisory_locks import AdvisoryLock
from app.models.search_words import DocumentsFill
from app.verify.check import Check, Fault

TOLD = 10_000  # faults of one pass; a repair mends all that there are
DIFFERENCES = """
    SELECT item, coalesce(counted.documents, 0) AS counted, coalesce(told.documents, 0) AS told FROM (
        SELECT item, count(*) AS documents FROM search_document_{item}s,
            unnest(string_to_array({item}s, CAST(:separator AS text))) AS item GROUP BY item
    ) AS counted FULL JOIN (
        SELECT item, sum(documents) AS documents FROM (
            {totals}
            UNION ALL
            SELECT change.* FROM search_{item}_deltas AS one,
                unnest(one.{item}s, one.changes) AS change (item, documents)
        ) AS parts GROUP BY item
    ) AS told USING (item) WHERE coalesce(counted.documents, 0) <> coalesce(told.documents, 0)
"""
FIND = "{differences} ORDER BY item LIMIT :most"
# One statement sees one moment. Changes that workers and the sweeper commit meanwhile add to it.
MEND = """
    INSERT INTO search_{item}_deltas ({item}s, changes) SELECT array_agg(item), array_agg(counted - told)
    FROM (SELECT *, row_number() OVER () / 1000 AS part FROM ({differences}) AS wrong) AS parts GROUP BY part
"""


class Counted(Check[int]):
    """Checks that each item has as many documents as are counted with it. Changes that wait for the sweeper count.

    item: as in the names of the tables. totals: a query of (item, documents) over the sums of the sweeper.
    """

    item: ClassVar[str]
    separator: ClassVar[str]
    lock: ClassVar[AdvisoryLock]
    fill: ClassVar[type[DocumentsFill]]
    totals: ClassVar[str]

    def pages(self) -> Iterator[Sequence[int]]:
        with snapshot() as session:
            yield range(session.scalar(text(f"SELECT count(*) FROM ({self.totals}) AS sums")) or 0)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            rows = session.execute(self._statement(FIND), {"separator": self.separator, "most": TOLD}).all()
        return [Fault(n, item, f"{told} documents, counted {counted}") for n, (item, counted, told) in enumerate(rows)]

    def mend(self, faults: Sequence[Fault[int]]) -> int:
        """Appends the differences of today. Under the lock: two repairs at once would count them twice."""
        with transaction() as session:
            session.execute(select(func.pg_advisory_xact_lock(self.lock)))
            session.execute(self._statement(MEND), {"separator": self.separator})
        return len(faults)

    def notes(self) -> list[str]:
        with snapshot() as session:
            at = session.get(self.fill, 1)
        return [] if at is None else [f"documents above publication {at.cursor} are still to be counted"]

    def _statement(self, sql: str) -> TextClause:
        differences = DIFFERENCES.format(item=self.item, totals=self.totals)
        return text(sql.format(item=self.item, differences=differences))


def counted_otherwise(
    session: Session, kept: InstrumentedAttribute[str], fill: type[DocumentsFill], wanted: Mapping[int, str]
) -> dict[int, str]:
    """publication -> its fault, for documents that are not counted with the items that are wanted.

    kept: the column of the items with which a document is counted; a document without a row is counted with none.
    """
    publication = inspect(kept.class_).primary_key[0]
    found: dict[int, str] = dict(session.execute(select(publication, kept).where(publication.in_(wanted))).all())
    going_on = session.get(fill, 1) is not None
    wrong: dict[int, str] = {}
    for id_, items in wanted.items():
        if id_ not in found and items and not going_on:
            wrong[id_] = f"the {kept.key} of its document are not counted"
        elif found.get(id_, items) != items:
            wrong[id_] = f"its document is counted with other {kept.key}"
    return wrong
