"""Compares spans that answers cite with the words of their posts as they stand now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import words
from app.domain.albums import merged_text
from app.domain.ask.answer import Source
from app.domain.documents import clean
from app.models import QuestionSpan, SearchDocument
from app.pipeline.posts.documents import documents
from app.pipeline.posts.revisions import Row, contents, items_of, posts_of, publications_of


@dataclass(frozen=True)
class Standing:
    """A post as it is now: its texts by the field that a span is from, several for a field that is kept twice.

    A span stands if each of them has it: rows that contradict each other are no evidence.
    """

    revision: int
    texts: Mapping[Source, tuple[str, ...]]

    def has(self, span: QuestionSpan) -> bool:
        """Whether the words of the span still stand in the field that it is from."""
        return all(span.text in text for text in self.texts[Source(span.source)])


def standing(session: Session, publications: Collection[int]) -> dict[int, Standing]:
    """The present words of the publications, from their posts, their readings and their search documents."""
    found = publications_of(session, publications)
    rows = items_of(session, list(found))
    made = documents(session, found, rows)
    query = select(SearchDocument).where(SearchDocument.publication_id.in_(found))
    indexed = {document.publication_id: document for document in session.scalars(query)}
    return {
        id_: Standing(
            publication.revision,
            {
                Source.POST: (made[id_].text, indexed[id_].text, _of_posts(rows[id_])),
                Source.OCR: (made[id_].ocr, indexed[id_].ocr),
                Source.DESCRIPTION: (made[id_].labels, indexed[id_].labels),
            },
        )
        for id_, publication in found.items()
        if id_ in indexed
    }


def _of_posts(rows: Sequence[Row]) -> str:
    """The text as the posts themselves have it: their publication keeps a copy."""
    beside = [one for post in posts_of(rows) for one in post.words]
    return clean(words.composed(merged_text(contents(rows)), beside))
