"""index_publication: makes a publication findable by words and by meaning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from sqlalchemy import Boolean, Table, delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.codes import folded_code
from app.domain.documents import Document
from app.domain.flow import Key, Next
from app.domain.kinds import Step
from app.domain.steps import STEPS
from app.domain.trends import trends_of
from app.errors import MediaAuditError
from app.events import announce, outbox
from app.metrics import Media
from app.models import Publication, SearchDocument, SearchEmbedding, TagChange
from app.models.search import has_embeddings
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome, Performed
from app.pipeline.engine.work import Claim
from app.pipeline.posts import alerts, gallery, search_words
from app.pipeline.posts.documents import documents
from app.pipeline.posts.media_label import label_of
from app.pipeline.posts.revisions import items_of, lock_publications, publications_of
from app.pipeline.posts.search_trends import TRENDS, origins_of
from app.ports import Embedder

Vector = list[float]


@dataclass(frozen=True)
class IndexInput:
    """A document to index. text: to embed; None if the stored embedding is of the same content.

    words, origins of forwards: to count. shown: whether the gallery has media of it, or had some before an edit.
    """

    publication_id: int
    document: Document
    text: str | None
    media: Media  # label of its metrics
    words: str
    shown: bool
    origins: frozenset[int]


class Index(ExternalStep[IndexInput, Vector | None]):
    """Writes search documents and, with an embedder, their vectors."""

    step = Step.INDEX
    chunk = 50  # one batch for the model
    wary = True

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder

    def load_all(self, session: Session, claims: Sequence[Claim]) -> list[IndexInput | EarlyOutcome | MediaAuditError]:
        found = publications_of(session, [held.subject_id for held in claims])
        rows = items_of(session, list(found))
        fresh = documents(session, found, rows)
        embedded = self._embedded(session, fresh)
        answers: list[IndexInput | EarlyOutcome | MediaAuditError] = []
        for held in claims:
            publication, document = found[held.subject_id], fresh[held.subject_id]
            if publication.revision != held.revision:
                answers.append(EarlyOutcome.superseded())
                continue
            known = embedded is None or embedded.get(publication.id) == document.content_hash
            text = None if known else document.embedding_text or None
            items = rows[publication.id]
            label, words, origins = label_of(publication, items), search_words.words_in(document), origins_of(items)
            shown = publication.revision > 1 or any(medium is not None for _, medium in items)
            answers.append(IndexInput(publication.id, document, text, label, words, shown, origins))
        return answers

    def media(self, given: IndexInput) -> Media:
        return given.media

    def perform(self, inputs: Sequence[IndexInput]) -> list[Vector | MediaAuditError | None]:
        texts = [given.text for given in inputs if given.text is not None]
        vectors = iter(self._embedder.embed(texts) if self._embedder and texts else [])
        return [None if given.text is None else next(vectors) for given in inputs]

    def lock(self, session: Session, inputs: Sequence[IndexInput]) -> None:
        lock_publications(session, sorted(given.publication_id for given in inputs))

    def finish_all(self, session: Session, done: Sequence[Performed[IndexInput, Vector | None]]) -> list[Outcome]:
        publications = publications_of(session, [one.held.subject_id for one in done])
        current = [one for one in done if publications[one.held.subject_id].revision == one.held.revision]
        rows = [_row(publications[one.given.publication_id], one.given.document) for one in current]
        new = _upsert(session, SearchDocument, rows, ["publication_id"])
        search_words.count(session, {one.given.publication_id: one.given.words for one in current})
        TRENDS.count(session, {one.given.publication_id: _trends(publications, one.given) for one in current}, new)
        _upsert(session, SearchEmbedding, self._vectors(current), ["publication_id", "embedder"])
        self._forget(session, [one.given for one in current])
        gallery.show(session, [one.given.publication_id for one in current if one.given.shown])
        lineage = _newest_lineage(session, publications)
        events = [
            announce.post_indexed(
                publications[one.given.publication_id],
                one.given.document.content_hash,
                lineage=lineage.get(one.given.publication_id),
            )
            for one in current
        ]
        outbox.add(session, *events)
        told = alerts.tell(session, [(publications[one.given.publication_id], one.given.document) for one in current])
        written = {one.held.id for one in current}
        spec = STEPS[self.step]
        ends = [
            Outcome(told.get(id_, ()), stage=spec.stage if id_ in new else spec.stage_again)
            for id_ in (one.given.publication_id for one in done)
        ]
        return [end if one.held.id in written else Outcome.superseded() for one, end in zip(done, ends, strict=True)]

    def _embedded(self, session: Session, documents: Mapping[int, Document]) -> dict[int, str] | None:
        """The content hash of each publication's stored vector; None if no vectors are kept."""
        if self._embedder is None or not has_embeddings(session):
            return None
        query = select(SearchEmbedding.publication_id, SearchEmbedding.content_hash).where(
            SearchEmbedding.publication_id.in_(documents), SearchEmbedding.embedder == self._embedder.name
        )
        return dict(session.execute(query).all())

    def _vectors(self, done: Sequence[Performed[IndexInput, Vector | None]]) -> list[dict[str, object]]:
        if self._embedder is None:
            return []
        return [
            {
                "publication_id": one.given.publication_id,
                "embedder": self._embedder.name,
                "content_hash": one.given.document.content_hash,
                "embedding": one.result,
            }
            for one in done
            if one.result is not None
        ]

    def _forget(self, session: Session, indexed: Sequence[IndexInput]) -> None:
        """Deletes stale embeddings: a publication without text to embed must not be found by its former meaning."""
        empty = [given.publication_id for given in indexed if not given.document.embedding_text]
        if self._embedder is not None and empty and has_embeddings(session):
            of = SearchEmbedding.publication_id.in_(empty)
            session.execute(delete(SearchEmbedding).where(of, SearchEmbedding.embedder == self._embedder.name))


def index_publications(embedder: Embedder | None, keys: Sequence[Key]) -> list[Next]:
    """Indexes the due publications among the keys."""
    return run_external(Index(embedder), keys)


def _newest_lineage(session: Session, publications: Collection[int]) -> dict[int, int]:
    query = select(TagChange.publication_id, func.max(TagChange.id)).where(TagChange.publication_id.in_(publications))
    return dict(session.execute(query.group_by(TagChange.publication_id)).all())


def _upsert(
    session: Session,
    table: type[SearchDocument] | type[SearchEmbedding],
    rows: Sequence[Mapping[str, object]],
    key: list[str],
) -> set[int]:
    """Writes the rows; returns the publications that had none before."""
    if not rows:
        return set()
    statement = insert(cast(Table, table.__table__))
    new: dict[str, Any] = {name: statement.excluded[name] for name in rows[0] if name not in key}
    if table is SearchDocument:
        new["indexed_at"] = func.now()
    # A row version with xmax 0 was inserted, not updated.
    inserted = literal_column("xmax = 0", Boolean)
    written = statement.on_conflict_do_update(index_elements=key, set_=new).returning(table.publication_id, inserted)
    # The rows apart from the statement: it is compiled once. They hold lists, which unnest would take apart.
    return {publication for publication, is_new in session.execute(written, rows) if is_new}


def _trends(publications: Mapping[int, Publication], given: IndexInput) -> str:
    publication = publications[given.publication_id]
    return trends_of(publication.channel_id, publication.posted_at, given.document.tag_list, given.origins)


def _row(publication: Publication, document: Document) -> dict[str, object]:
    return {
        **asdict(document),
        "publication_id": publication.id,
        "tag_list": list(document.tag_list),
        "facets": list(document.facets),
        "codes": folded_code(document.ocr),
        "channel_id": publication.channel_id,
        "revision": publication.revision,
        "posted_at": publication.posted_at,
        "deleted_at": publication.deleted_at,
        "content_hash": document.content_hash,
    }
