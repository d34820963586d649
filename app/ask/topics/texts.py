"""The sentences of a line's posts, and the one that stands for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.ask.answer import Source
from app.domain.ask.orders import untrusted
from app.domain.ask.spans import split
from app.domain.digest.headline import Candidate, nearest
from app.domain.digest.items import Item
from app.domain.digest.sources import Sources, in_order

POSTS = 30  # of a line that its headline is looked for in: the earliest of each piece
SENTENCES = 8  # of a post, its first: news begin with their subject
READ = 4_000  # characters of a text that are read for them

# By primary key. Words that were read from pictures stand in where no post of a line has a text.
FIELDS = text(f"""
    SELECT one.id, found.revision, left(found.text, {READ + 1}) AS text, left(found.ocr, {READ + 1}) AS ocr,
        left(found.labels, {READ + 1}) AS labels
    FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS one (id, place)
    CROSS JOIN LATERAL (
        SELECT revision, text, ocr, labels FROM search_documents WHERE publication_id = one.id OFFSET 0
    ) AS found
    ORDER BY one.place
""")
# The words as full text has them: without endings, without words that say nothing.
STEMS = text("""
    SELECT tsvector_to_array(to_tsvector('russian', sentence))
    FROM unnest(CAST(:sentences AS text[])) WITH ORDINALITY AS one (sentence, place) ORDER BY place
""")


@dataclass(frozen=True)
class Best:
    """The sentence of a line. revision: of its post as it was read."""

    sentence: Candidate
    source: Source
    revision: int


def headline(session: Session, items: Sequence[Item], sources: Sources) -> Best | None:
    """The sentence nearest to the centre of posts, of their texts, else of words in their pictures; None without one.

    Posts that were deleted in Telegram give it only where all are.
    """
    here = in_order(one for one in items if not one.gone) or in_order(items)
    first: dict[int, int] = {}
    for one in here:
        first.setdefault(sources.piece[one.id], one.id)
    ids = list(first.values())[:POSTS]
    rows = [row for row in session.execute(FIELDS, {"ids": ids}) if not untrusted((row.text, row.ocr, row.labels))]
    revisions = {row.id: row.revision for row in rows}
    for source, field in ((Source.POST, "text"), (Source.OCR, "ocr")):
        texts = [(row.id, getattr(row, field)) for row in rows]
        found = nearest(_stemmed(session, [(id_, *one) for id_, text_ in texts for one in _sentences(text_)], sources))
        if found is not None:
            return Best(found, source, revisions[found.publication_id])
    return None


def _sentences(read: str) -> Iterator[tuple[int, str]]:
    """The first sentences. One that may go on behind the end of the part that was read is none."""
    found = split(read)
    whole = found[:-1] if len(read) > READ else found
    return iter(whole[:SENTENCES])


def _stemmed(session: Session, found: Sequence[tuple[int, int, str]], sources: Sources) -> list[Candidate]:
    """The sentences that have a word."""
    stems = session.scalars(STEMS, {"sentences": [sentence for _, _, sentence in found]}).all()
    return [
        Candidate(id_, sources.piece[id_], start, sentence, frozenset(words))
        for (id_, start, sentence), words in zip(found, stems, strict=True)
        if words
    ]
