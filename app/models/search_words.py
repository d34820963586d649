"""The words of the documents of search: how many documents have each, to correct the words of a query.

No row is written by two workers: a word that many documents have would be one. Each batch of the index step appends its
changes, and the sweeper alone adds them up.
"""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Connection, ForeignKey, Index, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.models.base import Base, Pk

TRIGRAMS = "idx_search_words_trigrams"


class SearchWord(Base):
    """A word, as app.domain.spelling.words_of finds it, and the documents that have it."""

    __tablename__ = "search_words"
    __table_args__ = (
        # corrections: words that are written alike; only where the server has the extension pg_trgm
        Index(TRIGRAMS, "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
        Index("idx_search_words_skeleton", "skeleton"),  # corrections: words of the other script that sound the same
        # Room for a second version of all rows of a page: a count that changes then touches no index.
        {"postgresql_with": {"fillfactor": 50}},
    )

    word: Mapped[str] = mapped_column(Text, primary_key=True)
    skeleton: Mapped[str] = mapped_column(Text)  # domain.transliteration.skeleton
    language: Mapped[str | None] = mapped_column(Text)  # the one that alone has a letter of the word
    documents: Mapped[int]


class SearchWordDelta(Base):
    """What a batch of indexed documents changed: words and, for each, how many documents more or fewer have it."""

    __tablename__ = "search_word_deltas"

    id: Mapped[Pk]
    words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    changes: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class SearchDocumentWords(Base):
    """The words with which a document is counted. Without a row it is not counted."""

    __tablename__ = "search_document_words"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("search_documents.publication_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)  # sorted, with spaces between them


class DocumentsFill(Base):
    """The counting of documents that were indexed before something of theirs was counted. No row: it has ended."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1
    cursor: Mapped[int]  # the publication up to which all documents are counted


class SearchWordsFill(DocumentsFill):
    """The counting of words."""

    __tablename__ = "search_words_fill"


def has_trigrams(database: Session | Connection) -> bool:
    """Whether words can be found by trigrams, which needs the extension `pg_trgm`."""
    return bool(database.scalar(sql(f"SELECT to_regclass('{TRIGRAMS}') IS NOT NULL")))
