"""Counts in how many documents each word is, exactly, without a row that two workers write.

A batch of the index step appends what it changes (`count`). The sweeper adds that up (`fold`), and counts the documents
that were indexed before words were counted (`fill`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain import spelling
from app.domain.advisory_locks import AdvisoryLock
from app.domain.documents import Document
from app.domain.kinds import State, Step, Turn
from app.domain.transliteration import skeleton
from app.models import SearchDocument, SearchWordDelta, SearchWordsFill
from app.pipeline.posts.revisions import lock_publications

FOLDED = 100  # batches of the index step that are added up in one transaction
FILLED = 200  # documents of before that are counted in one transaction
FOLDS, FILLS = 10, 5  # transactions in each pass of the sweeper
# Seconds between two times that few batches are added up, too. Texts share words: the more batches at once, the fewer
# rows for each document.
FEW = 60.0

# The words of before are those that are stored, not those of the document's text: so the counts stay exact when
# another release, with other rules of what a word is, has written it. The caller has locked the publications.
COUNT = text("""
    WITH given AS (
        SELECT one.id, one.words, coalesce(before.words, '') AS before, before.words IS NULL AS is_new
        FROM unnest(CAST(:ids AS bigint[]), CAST(:words AS text[])) AS one (id, words) LEFT JOIN LATERAL (
            SELECT words FROM search_document_words WHERE publication_id = one.id OFFSET 0
        ) AS before ON true
    ), changed AS MATERIALIZED (
        SELECT * FROM given WHERE is_new OR before <> words
    ), written AS (
        INSERT INTO search_document_words SELECT id, words FROM changed
        ON CONFLICT (publication_id) DO UPDATE SET words = excluded.words
    ), sums AS (
        SELECT word, sum(change) AS change FROM (
            SELECT unnest(string_to_array(words, ' ')) AS word, 1 AS change FROM changed
            UNION ALL SELECT unnest(string_to_array(before, ' ')), -1 FROM changed
        ) AS changes GROUP BY word HAVING sum(change) <> 0
    )
    INSERT INTO search_word_deltas (words, changes)
    SELECT array_agg(word), array_agg(change) FROM sums HAVING count(*) > 0
""")
TAKE = text("""
    DELETE FROM search_word_deltas WHERE id = ANY (ARRAY(
        SELECT id FROM search_word_deltas ORDER BY id LIMIT :most
    )) RETURNING words, changes
""")
ADD = text("""
    INSERT INTO search_words AS known (word, skeleton, language, documents)
    SELECT * FROM unnest(
        CAST(:words AS text[]), CAST(:skeletons AS text[]), CAST(:languages AS text[]), CAST(:documents AS bigint[])
    ) ON CONFLICT (word) DO UPDATE SET documents = known.documents + excluded.documents
""")
DROP = text("""
    DELETE FROM search_words WHERE word = ANY (ARRAY(SELECT unnest(CAST(:words AS text[])))) AND documents = 0
""")
LOCK = text("SELECT pg_try_advisory_xact_lock(:key)").bindparams(key=AdvisoryLock.WORDS.value)
LIVE = text(
    f"SELECT EXISTS (SELECT FROM work WHERE step = '{Step.INDEX}' AND turn = {Turn.LIVE} AND state = '{State.DUE}')"
)


def words_in(document: Document) -> str:
    """The words of the document in the form in which they are stored."""
    return " ".join(sorted(spelling.words_of(document.text, document.tags, document.ocr, document.labels)))


def count(session: Session, words: Mapping[int, str]) -> None:
    """Counts these documents with these words, of `words_in`, and no longer with those of before.

    words: by publication. The caller holds the locks of the publications and has written their documents.
    """
    if words:
        session.execute(COUNT, {"ids": list(words), "words": list(words.values())})


def takes_few(seconds: float, interval: float) -> bool:
    """Whether a pass of the sweeper, at this time in seconds and one of many at this interval, adds up few batches."""
    return seconds % FEW < interval


def tidy(*, few: bool = True) -> None:
    """What each pass of the sweeper does: adds up changes, then counts old documents while no live post waits.

    few: even if there are fewer than FOLDED batches.
    """
    for _ in range(FOLDS if few or _many() else 0):
        if fold() < FOLDED:
            break
    for _ in range(FILLS):
        if not fill():
            break


def fold_all() -> None:
    """Adds up all changes, for a run that ends."""
    while fold() == FOLDED:
        pass


def _many() -> bool:
    with transaction() as session:
        return len(session.scalars(select(SearchWordDelta.id).limit(FOLDED)).all()) == FOLDED


def fold() -> int:
    """Adds up the oldest changes; returns how many batches they were. One process at a time."""
    with transaction() as session:
        return fold_within(session)


def fold_within(session: Session) -> int:
    """The same in a transaction of the caller."""
    if not session.scalar(LOCK):
        return 0
    rows = session.execute(TAKE, {"most": FOLDED}).all()
    sums: Counter[str] = Counter()
    for words, changes in rows:
        for word, change in zip(words, changes, strict=True):
            sums[word] += change
    _add(session, {word: sums[word] for word in sorted(sums) if sums[word]})
    return len(rows)


def _add(session: Session, sums: Mapping[str, int]) -> None:
    if not sums:
        return
    columns = {
        "words": list(sums),
        "skeletons": [skeleton(word) for word in sums],
        "languages": [spelling.language(word) for word in sums],
        "documents": list(sums.values()),
    }
    session.execute(ADD, columns)
    session.execute(DROP, {"words": [word for word, change in sums.items() if change < 0]})


def fill() -> bool:
    """Counts the next documents of before; returns whether more are left. Does nothing while a live post waits."""
    with transaction() as session:
        if not session.scalar(LOCK) or (at := session.get(SearchWordsFill, 1)) is None or session.scalar(LIVE):
            return False
        later = select(SearchDocument.publication_id).where(SearchDocument.publication_id > at.cursor)
        ids = session.scalars(later.order_by(SearchDocument.publication_id).limit(FILLED)).all()
        if not ids:
            session.delete(at)
            return False
        lock_publications(session, ids)
        count(session, _stored(session, ids))
        at.cursor = ids[-1]
    return True


def _stored(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """The words of the documents, read after the locks: a worker may have written other ones meanwhile."""
    fields = (SearchDocument.text, SearchDocument.tags, SearchDocument.ocr, SearchDocument.labels)
    query = select(SearchDocument.publication_id, *fields).where(SearchDocument.publication_id.in_(ids))
    return {id_: " ".join(sorted(spelling.words_of(*found))) for id_, *found in session.execute(query)}
