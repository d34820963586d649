"""Retrieves the passages for a question from the archive, and cuts them into the spans that an answer may cite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from app.ask.trusted import trusted
from app.domain.ask.answer import Span
from app.domain.ask.spans import SourceTexts, spans_of
from app.domain.query.parts import wanted
from app.domain.query.tree import All, Either, Node, Phrase, Word
from app.errors import UserError
from app.search.query import Search
from app.search.ranked import Ranked
from app.search.spelling import Correction

# Posts whose spans are offered. They hold the evidence of .95 of the questions of the half `tune` of docs/eval.md; 8
# posts that of .93, 12 no more; and more spans cost a model more tokens.
PASSAGES = 10
MORE = 4  # posts that callers see beside those that were offered


@dataclass(frozen=True)
class Retrieved:
    """All that is offered for a question. revisions: of each publication, when its words were read.

    hits: the passages as the search ranked them, and some more.
    """

    spans: tuple[Span, ...]
    revisions: Mapping[int, int]
    left_out: int = 0  # posts that give orders to machines
    corrections: Sequence[Correction] = ()
    hits: Sequence[Ranked] = ()

    @property
    def publications(self) -> list[int]:
        """The publications, the best first."""
        return list(self.revisions)

    @property
    def digest(self) -> str:
        """sha256 (hex) over the hashes of all spans and the posts that they are from."""
        parts = [f"{span.publication_id} {span.source} {hash_of(span)}" for span in self.spans]
        return sha256("\n".join(parts).encode()).hexdigest()


def hash_of(span: Span) -> str:
    """sha256 (hex) of the words of a span."""
    return sha256(span.text.encode()).hexdigest()


def words_of(text: str, tree: Node) -> str:
    """The words of a question without its filters, as far as possible as they stand. UserError if it has none."""
    words = wanted(tree)
    if not words:
        raise UserError("the question has no words: filters alone are a search, for `media-audit search`")
    return " ".join(one.text for one in words) if _limited(tree) else " ".join(text.split())


def retrieve(session: Session, search: Search, words: str, limit: int = PASSAGES) -> Retrieved:
    """The spans of the best `limit` posts for a question, without posts that give orders to machines."""
    best = trusted(session, search, limit)
    texts = [SourceTexts(row.publication_id, row.text, row.ocr, row.labels) for row in best.documents]
    return Retrieved(
        spans_of(texts, words),
        {row.publication_id: row.revision for row in best.documents},
        best.left_out,
        best.found.corrections,
        best.found.hits[: limit + MORE],
    )


def _limited(node: Node) -> bool:
    """Whether the tree has more than words: filters, patterns or something that is excluded."""
    match node:
        case Word() | Phrase():
            return False
        case All(nodes) | Either(nodes):
            return any(map(_limited, nodes))
    return True
