"""Counts in how many documents each item is, exactly, without a row that two workers write.

An item is a word of a document, or another line that its documents share. A batch of the index step appends what it
changes (`count`). The sweeper adds that up (`fold`), and counts the documents that were indexed before their items were
counted (`fill`). Three tables serve this: the items with which each document is counted, the appended changes, and the
document up to which those of before are counted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.advisory_locks import AdvisoryLock
from app.domain.kinds import State, Step, Turn
from app.models import SearchDocument
from app.models.search_words import DocumentsFill
from app.pipeline.posts.revisions import lock_publications

FOLDED = 100  # batches of the index step that are added up in one transaction
FILLED = 200  # documents of before that are counted in one transaction
FOLDS, FILLS = 10, 5  # transactions in each pass of the sweeper
# Seconds between two times that few batches are added up, too. Documents share items: the more batches at once, the
# fewer rows for each document.
FEW = 60.0

# The items of before are those that are stored, not those of the document: so the counts stay exact when another
# release, with other rules, has written it. The caller has locked the publications.
COUNT = """
    WITH given AS (
        SELECT one.id, one.items, coalesce(before.items, '') AS before, before.items IS NULL AS is_new
        FROM unnest(CAST(:ids AS bigint[]), CAST(:items AS text[])) AS one (id, items) LEFT JOIN LATERAL (
            SELECT {item}s AS items FROM search_document_{item}s WHERE publication_id = one.id OFFSET 0
        ) AS before ON true
    ), changed AS MATERIALIZED (
        SELECT * FROM given WHERE is_new OR before <> items
    ), written AS (
        INSERT INTO search_document_{item}s (publication_id, {item}s) SELECT id, items FROM changed
        ON CONFLICT (publication_id) DO UPDATE SET {item}s = excluded.{item}s
    ), sums AS (
        SELECT item, sum(change) AS change FROM (
            SELECT unnest(string_to_array(items, {separator})) AS item, 1 AS change FROM changed
            UNION ALL SELECT unnest(string_to_array(before, {separator})), -1 FROM changed
        ) AS changes GROUP BY item HAVING sum(change) <> 0
    )
    INSERT INTO search_{item}_deltas ({item}s, changes)
    SELECT array_agg(item), array_agg(change) FROM sums HAVING count(*) > 0
"""
TAKE = """
    DELETE FROM search_{item}_deltas WHERE id = ANY (ARRAY(
        SELECT id FROM search_{item}_deltas ORDER BY id LIMIT :most
    )) RETURNING {item}s, changes
"""
WAITING = "SELECT count(*) FROM (SELECT FROM search_{item}_deltas LIMIT :most) AS taken"
LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
LIVE = text(
    f"SELECT EXISTS (SELECT FROM work WHERE step = '{Step.INDEX}' AND turn = {Turn.LIVE} AND state = '{State.DUE}')"
)


class DocumentCounts(ABC):
    """The counts of one kind of items."""

    def __init__(self, item: str, separator: str, lock: AdvisoryLock, fill: type[DocumentsFill]) -> None:
        r"""item: as in the names of the tables. separator: of the items of a document, a blank or \n."""
        self._count = text(COUNT.format(item=item, separator=f"E'{separator}'".replace("\n", "\\n")))
        self._take, self._waiting = text(TAKE.format(item=item)), text(WAITING.format(item=item))
        self._lock, self._fill = {"key": lock.value}, fill

    @abstractmethod
    def add(self, session: Session, sums: Mapping[str, int]) -> None:
        """Adds to the count of each item, in the order given. No sum is 0; without sums it does nothing."""

    @abstractmethod
    def stored(self, session: Session, ids: Sequence[int]) -> Mapping[int, str]:
        """The items of the documents of these publications, which are locked, as of `count`."""

    def count(self, session: Session, items: Mapping[int, str], new: Collection[int] = ()) -> None:
        """Counts these documents with these items, and no longer with those of before. One statement, or none.

        items: by publication, each once, in the form in which they are stored. new: publications that had no document.
        The caller holds the locks of the publications and has written their documents.
        """
        some = {id_: given for id_, given in items.items() if given or id_ not in new}
        if some:
            session.execute(self._count, {"ids": list(some), "items": list(some.values())})

    def tidy(self, *, few: bool = True) -> None:
        """What each pass of the sweeper does: adds up changes, then counts old documents while no live post waits.

        few: even if there are fewer than FOLDED batches.
        """
        for _ in range(FOLDS if few or self._many() else 0):
            if self.fold() < FOLDED:
                break
        for _ in range(FILLS):
            if not self.fill():
                break

    def fold_all(self) -> None:
        """Adds up all changes, for a run that ends."""
        while self.fold() == FOLDED:
            pass

    def _many(self) -> bool:
        with transaction() as session:
            return bool(session.scalar(self._waiting, {"most": FOLDED}) == FOLDED)

    def fold(self) -> int:
        """Adds up the oldest changes; returns how many batches they were. One process at a time."""
        with transaction() as session:
            return self.fold_within(session)

    def fold_within(self, session: Session) -> int:
        """The same in a transaction of the caller."""
        if not session.scalar(LOCK, self._lock):
            return 0
        rows = session.execute(self._take, {"most": FOLDED}).all()
        sums: Counter[str] = Counter()
        for items, changes in rows:
            for item, change in zip(items, changes, strict=True):
                sums[item] += change
        if changed := {item: sums[item] for item in sorted(sums) if sums[item]}:
            self.add(session, changed)
        return len(rows)

    def fill(self) -> bool:
        """Counts the next documents of before; returns whether more are left. Does nothing while a live post waits."""
        with transaction() as session:
            if not session.scalar(LOCK, self._lock):
                return False
            at = session.get(self._fill, 1)
            if at is None or live_post_waits(session):
                return False
            later = select(SearchDocument.publication_id).where(SearchDocument.publication_id > at.cursor)
            ids = session.scalars(later.order_by(SearchDocument.publication_id).limit(FILLED)).all()
            if not ids:
                session.delete(at)
                return False
            lock_publications(session, ids)
            self.count(session, self.stored(session, ids))
            at.cursor = ids[-1]
        return True


def live_post_waits(session: Session) -> bool:
    """Whether a live post is due in the index step: what fills rows of before then gives way."""
    return bool(session.scalar(LIVE))


def takes_few(seconds: float, interval: float) -> bool:
    """Whether a pass of the sweeper, at this time in seconds and one of many at this interval, adds up few batches."""
    return seconds % FEW < interval
