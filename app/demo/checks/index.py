"""The search index: each publication is found by its text, the words in its pictures, its labels and its meaning."""

from __future__ import annotations

from sqlalchemy import func, select

from app.demo.checks.evidence import Check, Evidence, differences, judged
from app.demo.expected import Together
from app.models import Publication, SearchDocument, SearchEmbedding


def documents(found: Evidence) -> Check:
    """Checks that the document of each publication has its words, those of its pictures, and its dates."""
    wrong: list[str] = []
    for one, row in found.publications:
        document = found.documents.get(row.id)
        if document is None:
            wrong.append(f"{one.keys[0]} is not in the index")
        else:
            wrong += differences(one.keys[0], _has(document), _wanted(found, one, row))
    strays = found.documents.keys() - {row.id for _, row in found.publications}
    wrong += [f"document {id_} is of no publication" for id_ in sorted(strays)]
    return judged("words and pictures in the index", len(found.documents), "documents", wrong)


def _has(document: SearchDocument) -> dict[str, object]:
    return {
        "text": document.text,
        "ocr": set(document.ocr.split()),
        "labels": set(document.labels.splitlines()),
        "channel": document.channel_id,
        "posted_at": document.posted_at,
        "deleted_at": document.deleted_at,
        "language": document.language,
    }


def _wanted(found: Evidence, one: Together, row: Publication) -> dict[str, object]:
    vision = found.vision.get(row.lead_post_id or 0)
    items = vision.items if vision else []
    files = [message.file for key in one.keys if (message := found.expected.final[key]).file]
    names = [file.name for file in files if file and file.name and file.kind != "photo"]
    return {
        "text": found.expected.words(one),
        "ocr": {word for item in items for word in item.ocr_text.split()},
        "labels": {label for item in items for label in item.labels} | set(names),
        "channel": row.channel_id,
        "posted_at": row.posted_at,
        "deleted_at": row.deleted_at,
        "language": next((item.language for item in items if item.language), None),
    }


def embeddings(found: Evidence) -> Check:
    """Checks that each document with words has a vector of just its content; holds without an embedder."""
    name = "meaning of everything in the index"
    if found.embedder is None:
        return Check(name, True, "search is by words only (EMBEDDER=none)")
    query = select(
        SearchEmbedding.publication_id, SearchEmbedding.content_hash, func.vector_norm(SearchEmbedding.embedding)
    )
    rows = found.session.execute(query.where(SearchEmbedding.embedder == found.embedder))
    has = {id_: (content, round(norm, 2)) for id_, content, norm in rows}
    wanted = {
        id_: (document.content_hash, 1.0)
        for id_, document in found.documents.items()
        if document.text or document.ocr or document.labels
    }
    wrong = sorted(id_ for id_ in has.keys() | wanted.keys() if has.get(id_) != wanted.get(id_))
    return judged(name, len(has), "vectors", [f"publication {id_}" for id_ in wrong])
