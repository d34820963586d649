"""Checks the words of documents: those with which each is counted, and how many documents have each word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.advisory_locks import AdvisoryLock
from app.models import SearchDocument, SearchDocumentWords, SearchWord, SearchWordsFill
from app.verify.check import Check, Fault

TOLD = 10_000  # faults of one pass; a repair mends all that there are
SAME = {"’": "'", "ʼ": "'", "‘": "'", "‑": "-", "ё": "е"}
UNSEEN = {"\xad", "\u200b", "\u200c", "\u200d", "\u0300", "\u0301"}
DIFFERENCES = """
    SELECT word, coalesce(counted.documents, 0) AS counted, coalesce(told.documents, 0) AS told FROM (
        SELECT word, count(*) AS documents FROM search_document_words, unnest(string_to_array(words, ' ')) AS word
        GROUP BY word
    ) AS counted FULL JOIN (
        SELECT word, sum(documents) AS documents FROM (
            SELECT word, documents FROM search_words
            UNION ALL
            SELECT change.* FROM search_word_deltas AS one, unnest(one.words, one.changes) AS change (word, documents)
        ) AS parts GROUP BY word
    ) AS told USING (word) WHERE coalesce(counted.documents, 0) <> coalesce(told.documents, 0)
"""
FIND = text(f"{DIFFERENCES} ORDER BY word LIMIT {TOLD}")
# One statement sees one moment. Changes that workers and the sweeper commit meanwhile add to it.
MEND = text(f"""
    INSERT INTO search_word_deltas (words, changes) SELECT array_agg(word), array_agg(counted - told)
    FROM (SELECT *, row_number() OVER () / 1000 AS part FROM ({DIFFERENCES}) AS wrong) AS parts GROUP BY part
""")


class Words(Check[int]):
    """Checks that each word has as many documents as are counted with it. Changes that wait for the sweeper count."""

    name = "words"

    def pages(self) -> Iterator[Sequence[int]]:
        with snapshot() as session:
            yield range(session.scalar(select(func.count()).select_from(SearchWord)) or 0)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            rows = session.execute(FIND).all()
        return [Fault(n, word, f"{told} documents, counted {counted}") for n, (word, counted, told) in enumerate(rows)]

    def mend(self, faults: Sequence[Fault[int]]) -> int:
        """Appends the differences of today. Under the lock: two repairs at once would count them twice."""
        with transaction() as session:
            session.execute(select(func.pg_advisory_xact_lock(AdvisoryLock.WORDS.value)))
            session.execute(MEND)
        return len(faults)

    def notes(self) -> list[str]:
        with snapshot() as session:
            at = session.get(SearchWordsFill, 1)
        return [] if at is None else [f"documents above publication {at.cursor} are still to be counted"]


def uncounted(session: Session, documents: Iterable[SearchDocument]) -> dict[int, str]:
    """publication -> its fault in words, for documents that are not counted with their words."""
    found = {row.publication_id: row for row in documents}
    query = select(SearchDocumentWords).where(SearchDocumentWords.publication_id.in_(found))
    counted = {row.publication_id: row.words for row in session.scalars(query)}
    going_on = session.get(SearchWordsFill, 1) is not None
    wrong: dict[int, str] = {}
    for id_, row in found.items():
        wanted = " ".join(sorted(words(row.text, row.tags, row.ocr, row.labels)))
        if id_ not in counted and not going_on:
            wrong[id_] = "the words of its document are not counted"
        elif counted.get(id_, wanted) != wanted:
            wrong[id_] = "its document is counted with other words"
    return wrong


def words(*fields: str) -> set[str]:
    """The words of a document, by a formula of verify's own: sign by sign."""
    found: set[str] = set()
    for field in fields:
        for chunk in unicodedata.normalize("NFC", field).lower().split():
            chunk = "".join(SAME.get(sign, sign) for sign in chunk if sign not in UNSEEN)
            if not _is_address(chunk):
                for token in _tokens(chunk):
                    found |= {token, *token.split("-")}
    return {one for one in found if 3 <= len(one) <= 40 and not any(sign.isdecimal() for sign in one)}


def _is_address(chunk: str) -> bool:
    ascii_ = [sign if sign.isascii() and (sign.isdigit() or sign.islower()) else " " for sign in chunk]
    domain = any(
        sign == "." and ascii_[n - 1] != " " and len(chunk) > n + 2 and chunk[n + 1 : n + 3].isascii()
        and chunk[n + 1 : n + 3].isalpha()
        for n, sign in enumerate(chunk)
        if n
    )  # fmt: skip
    return "@" in chunk or "://" in chunk or domain


def _tokens(chunk: str) -> list[str]:
    """Runs of letters and digits; a single apostrophe or hyphen between two of these joins them."""
    made = [""]
    for sign, later in pairwise((*chunk, " ")):
        joins = sign in "'-" and made[-1] != "" and later.isalnum()
        if sign.isalnum() or joins:
            made[-1] += sign
        else:
            made.append("")
    return [token for token in made if token]
