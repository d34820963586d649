"""Builds the search documents of publications, and checks whether the index holds their current version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.documents import Document, ItemContent, compose
from app.domain.enrichment import ItemVision, TagsMetadata, VisionMetadata
from app.domain.facets import Facts, facets_of
from app.domain.kinds import MediaKind
from app.domain.messages import Forward
from app.models import Post, Publication, SearchDocument
from app.pipeline.posts import enrichment
from app.pipeline.posts.revisions import Row, items_of, own_media, posts_of, text_of


def is_current(session: Session, publication: Publication) -> bool:
    """Whether the index holds the publication's current content and revision."""
    query = select(SearchDocument.content_hash, SearchDocument.revision).where(
        SearchDocument.publication_id == publication.id
    )
    [document] = documents(session, {publication.id: publication}, items_of(session, [publication.id])).values()
    return session.execute(query).first() == (document.content_hash, publication.revision)


def documents(
    session: Session, publications: Mapping[int, Publication], rows: Mapping[int, Sequence[Row]]
) -> dict[int, Document]:
    """Builds the search documents of the publications from their current content. rows: by publication."""
    vision = enrichment.read_all(session, publications.values(), VisionMetadata)
    tags = enrichment.read_all(session, publications.values(), TagsMetadata)
    return {id_: _document(p, rows[id_], vision.get(id_), tags.get(id_)) for id_, p in publications.items()}


def _document(
    publication: Publication, rows: Sequence[Row], vision: VisionMetadata | None, tags: TagsMetadata | None
) -> Document:
    items = vision.items if vision else []
    known = {item.sha256: item for item in items}
    document = compose(
        text_of(publication, posts_of(rows)),
        [_content(row, known) for row in rows],
        tags.tags if tags else [],
        next((item.language for item in items if item.language), None),
    )
    return replace(document, facets=facets_of(_facts(publication, rows, items, document)))


def _facts(publication: Publication, rows: Sequence[Row], items: Sequence[ItemVision], document: Document) -> Facts:
    posts = posts_of(rows)
    return Facts(
        kinds={MediaKind(medium.kind) for medium in own_media(rows)},
        album=publication.grouped_id is not None,
        voice=any(post.kind == "voice message" for post in posts),
        classes={item.classification for item in items},
        language=document.language,
        tags=document.tag_list,
        ocr=bool(document.ocr),
        edited=any(post.history for post in posts),
        forwards=[made for post in posts if (made := _forward(post)) is not None],
    )


def _forward(post: Post) -> Forward | None:
    if post.forward is None:
        return None
    return Forward(post.forward.get("from_telegram_id"), post.forward.get("from_name"))


def _content(row: Row, known: dict[str, ItemVision]) -> ItemContent:
    media = row[1]
    if media is None:
        return ItemContent()
    item = known.get(media.sha256 or "")
    if item is None:
        return ItemContent(file_name=media.file_name)
    return ItemContent(item.ocr_text, tuple(item.labels), item.description, media.file_name)
