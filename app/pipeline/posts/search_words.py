"""Counts in how many documents each word is (app/pipeline/posts/document_counts.py), to correct words of a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain import spelling
from app.domain.advisory_locks import AdvisoryLock
from app.domain.documents import Document
from app.domain.transliteration import skeleton
from app.models import SearchDocument, SearchWordsFill
from app.pipeline.posts.document_counts import DocumentCounts

ADD = text("""
    INSERT INTO search_words AS known (word, skeleton, language, documents)
    SELECT * FROM unnest(
        CAST(:words AS text[]), CAST(:skeletons AS text[]), CAST(:languages AS text[]), CAST(:documents AS bigint[])
    ) ON CONFLICT (word) DO UPDATE SET documents = known.documents + excluded.documents
""")
DROP = text("""
    DELETE FROM search_words WHERE word = ANY (ARRAY(SELECT unnest(CAST(:words AS text[])))) AND documents = 0
""")


def words_in(document: Document) -> str:
    """The words of the document in the form in which they are stored."""
    return " ".join(sorted(spelling.words_of(document.text, document.tags, document.ocr, document.labels)))


class _Words(DocumentCounts):
    def add(self, session: Session, sums: Mapping[str, int]) -> None:
        columns = {
            "words": list(sums),
            "skeletons": [skeleton(word) for word in sums],
            "languages": [spelling.language(word) for word in sums],
            "documents": list(sums.values()),
        }
        session.execute(ADD, columns)
        session.execute(DROP, {"words": [word for word, change in sums.items() if change < 0]})

    def stored(self, session: Session, ids: Sequence[int]) -> dict[int, str]:
        """Read after the locks: a worker may have written other ones meanwhile."""
        fields = (SearchDocument.text, SearchDocument.tags, SearchDocument.ocr, SearchDocument.labels)
        query = select(SearchDocument.publication_id, *fields).where(SearchDocument.publication_id.in_(ids))
        return {id_: " ".join(sorted(spelling.words_of(*found))) for id_, *found in session.execute(query)}


WORDS = _Words("word", " ", AdvisoryLock.WORDS, SearchWordsFill)
count, tidy, fill = WORDS.count, WORDS.tidy, WORDS.fill
fold, fold_within, fold_all = WORDS.fold, WORDS.fold_within, WORDS.fold_all
