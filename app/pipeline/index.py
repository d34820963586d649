"""index_publication: a publication becomes findable by words and by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, inspect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.documents import Document, ItemContent, compose
from app.domain.enrichment import ItemVision, TagsMetadata, VisionMetadata
from app.domain.flow import Key, Next
from app.domain.kinds import State, Step
from app.errors import MediaAuditError
from app.events import announce
from app.models import Publication, SearchDocument, SearchEmbedding
from app.pipeline import enrichment
from app.pipeline.revisions import Row, items_of, lock_publications
from app.pipeline.runner import Finish, Outside, Ready, run_outside
from app.pipeline.work import Claim
from app.ports import Embedder

Vector = list[float]


@dataclass(frozen=True)
class Given:
    """A document to embed; text is None where the embedding at hand is of the same content."""

    publication_id: int
    document: Document
    text: str | None


class Index(Outside[Given, Vector | None]):
    """Writes the document and, with an embedder, its vector."""

    step = Step.INDEX
    chunk = 50  # one batch for the model

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._stores_vectors: bool | None = None  # asked once for a batch

    def load(self, session: Session, held: Claim) -> Given | Ready:
        publication = session.get_one(Publication, held.subject_id)
        if publication.revision != held.revision:
            return Ready(state=State.SKIPPED, reason="superseded")
        document = _document(session, publication)
        wanted = bool(document.embedding_text) and self._embeds(session)
        fresh = wanted and not self._embedded(session, publication.id, document.content_hash)
        return Given(publication.id, document, document.embedding_text if fresh else None)

    def perform(self, inputs: Sequence[Given]) -> list[Vector | MediaAuditError | None]:
        texts = [given.text for given in inputs if given.text is not None]
        vectors = iter(self._embedder.embed(texts) if self._embedder and texts else [])
        return [None if given.text is None else next(vectors) for given in inputs]

    def lock(self, session: Session, given: Given) -> None:
        lock_publications(session, [given.publication_id])

    def finish(self, session: Session, held: Claim, given: Given, result: Vector | None) -> Finish:
        publication = session.get_one(Publication, held.subject_id)
        if publication.revision != held.revision:
            return Finish((), State.SKIPPED, "superseded")
        _write_document(session, publication, given.document)
        if result is not None:
            self._write_embedding(session, given, result)
        announce.post_indexed(session, publication, given.document.content_hash)
        return Finish()

    def _embeds(self, session: Session) -> bool:
        if self._stores_vectors is None:
            self._stores_vectors = self._embedder is not None and has_embeddings(session)
        return self._stores_vectors

    def _embedded(self, session: Session, publication: int, content: str) -> bool:
        assert self._embedder is not None
        query = select(SearchEmbedding.publication_id).where(
            SearchEmbedding.publication_id == publication,
            SearchEmbedding.embedder == self._embedder.name,
            SearchEmbedding.content_hash == content,
        )
        return session.execute(query).first() is not None

    def _write_embedding(self, session: Session, given: Given, vector: Vector) -> None:
        assert self._embedder is not None
        values = {"content_hash": given.document.content_hash, "embedding": vector}
        row = {"publication_id": given.publication_id, "embedder": self._embedder.name, **values}
        statement = insert(SearchEmbedding).values(row)
        session.execute(statement.on_conflict_do_update(index_elements=["publication_id", "embedder"], set_=values))


def index_publications(embedder: Embedder | None, keys: Sequence[Key]) -> list[Next]:
    """Indexes what is due of the keys."""
    return run_outside(Index(embedder), keys)


def has_embeddings(session: Session) -> bool:
    """Whether the database has the table of embeddings: without the vector extension search is full text only."""
    return bool(inspect(session.connection()).has_table(SearchEmbedding.__tablename__))


def _write_document(session: Session, publication: Publication, document: Document) -> None:
    fields = asdict(document)
    values = {
        **fields,
        "tag_list": list(document.tag_list),
        "channel_id": publication.channel_id,
        "revision": publication.revision,
        "posted_at": publication.posted_at,
        "deleted_at": publication.deleted_at,
        "content_hash": document.content_hash,
    }
    statement = insert(SearchDocument).values(publication_id=publication.id, **values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["publication_id"], set_={**values, "indexed_at": func.now()})
    )


def _document(session: Session, publication: Publication) -> Document:
    vision = enrichment.read(session, publication, VisionMetadata)
    tags = enrichment.read(session, publication, TagsMetadata)
    items = vision.items if vision else []
    known = {item.sha256: item for item in items}
    rows = items_of(session, [publication.id])[publication.id]
    return compose(
        publication.text,
        [_content(row, known) for row in rows],
        tags.tags if tags else [],
        next((item.language for item in items if item.language), None),
    )


def _content(row: Row, known: dict[str, ItemVision]) -> ItemContent:
    media = row[1]
    if media is None:
        return ItemContent()
    item = known.get(media.sha256 or "")
    if item is None:
        return ItemContent(file_name=media.file_name)
    return ItemContent(item.ocr_text, tuple(item.labels), item.description, media.file_name)
