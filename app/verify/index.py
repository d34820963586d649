"""Checks the search index: each publication has a document with its present content, and a vector of that content."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.domain.documents import Document
from app.domain.kinds import Step
from app.models import Publication, SearchDocument, SearchEmbedding
from app.models.search import has_embeddings
from app.pipeline.engine import work
from app.verify.check import Fault
from app.verify.publications import Batch, OfPublications
from app.verify.trends import untold
from app.verify.words import uncounted


class Documents(OfPublications):
    """Checks that the document of each publication has its present content, and is counted by words and trends."""

    name = "index"

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        query = select(SearchDocument).where(SearchDocument.publication_id.in_(batch.settled))
        found = {row.publication_id: row for row in batch.session.scalars(query)}
        not_counted = untold(batch.session, found.values(), batch.rows) | uncounted(batch.session, found.values())
        for id_, publication in batch.settled.items():
            wrong = _difference(publication, batch.documents[id_], found.get(id_)) or not_counted.get(id_)
            stage = batch.stage(id_, Step.INDEX)
            if wrong and stage is not None:
                if stage.done:
                    yield batch.fault(id_, wrong)
                else:
                    self.excuse("document of today", stage)

    def repair(self, batch: Batch, publication: Publication) -> None:
        work.requeue(batch.session, Step.INDEX, [(publication.id, publication.revision)], hint=0.0)


class Embeddings(OfPublications):
    """Checks that each document with text to embed has the vector of that content, and no other."""

    name = "embeddings"

    def __init__(self, embedder: str | None) -> None:
        """embedder: its name; None if search is by words only."""
        super().__init__()
        self._embedder = embedder

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        if self._embedder is None or not has_embeddings(batch.session):
            return
        query = select(SearchEmbedding.publication_id, SearchEmbedding.content_hash).where(
            SearchEmbedding.publication_id.in_(batch.settled), SearchEmbedding.embedder == self._embedder
        )
        found: dict[int, str] = dict(batch.session.execute(query).all())
        for id_, document in batch.documents.items():
            stage, made = batch.stage(id_, Step.INDEX), found.get(id_)
            if stage is None or not stage.done:
                continue
            if document.embedding_text and made is None:
                yield batch.fault(id_, "its document has no vector")
            elif made is not None and made != document.content_hash:
                yield batch.fault(id_, "its vector is of other content")

    def repair(self, batch: Batch, publication: Publication) -> None:
        work.requeue(batch.session, Step.INDEX, [(publication.id, publication.revision)], hint=0.0)

    def notes(self) -> list[str]:
        return super().notes() + ([] if self._embedder else ["switched off (EMBEDDER=none)"])


def _difference(publication: Publication, wanted: Document, found: SearchDocument | None) -> str | None:
    if found is None:
        return "search has no document of it"
    row = Document(found.text, found.tags, found.ocr, found.labels, tuple(found.tag_list), found.language)
    if (row.content_hash, found.content_hash) != (wanted.content_hash, wanted.content_hash):
        return "its document has other content than the publication"
    for name in ("revision", "channel_id", "posted_at", "deleted_at"):
        if getattr(found, name) != getattr(publication, name):
            return f"{name} of its document is not the publication's"
    return None
