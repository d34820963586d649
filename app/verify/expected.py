"""The right rows, by formulas of verify's own: a fault of a step's formula shows, while a shared one would hide it.

Shared are the loaders of rows, and the hashes of contents: these are identities, held by tests to literal values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.documents import FIELD_LIMIT, Document, clean, fitted
from app.domain.enrichment import ItemVision, TagsMetadata, VisionMetadata
from app.domain.features import features_hash
from app.domain.kinds import MediaRole
from app.domain.reading import Reading
from app.models import Post, PostMedia
from app.pipeline.posts.revisions import Row
from app.pipeline.steps.merge import Read

PARAGRAPH = "\n\n"


def posts(rows: Iterable[Row]) -> list[Post]:
    """The posts of a publication by message id, each once."""
    return sorted({post.id: post for post, _ in rows}.values(), key=lambda post: post.telegram_message_id)


def media(rows: Iterable[Row]) -> list[PostMedia]:
    """Their media by message id and place."""
    found = [(post.telegram_message_id, medium.position, medium) for post, medium in rows if medium is not None]
    return [medium for _, _, medium in sorted(found, key=lambda one: one[:2])]


def own(rows: Iterable[Row]) -> list[PostMedia]:
    """The media that were sent as the posts."""
    return [medium for medium in media(rows) if medium.role == MediaRole.OWN]


def caption(rows: Iterable[Row]) -> str:
    """The texts of all posts, a paragraph each."""
    return PARAGRAPH.join(text for post in posts(rows) if (text := post.text.strip()))


def publication(rows: Iterable[Row]) -> dict[str, Any]:
    """Columns of a publication that follow from its posts."""
    some = posts(rows)
    gone: list[datetime] = [post.deleted_at for post in some if post.deleted_at is not None]
    return {
        "text": caption(rows),
        "lead_post_id": some[0].id,
        "posted_at": some[0].posted_at,
        "deleted_at": max(gone) if len(gone) == len(some) else None,
    }


def album(rows: Iterable[Row]) -> dict[str, Any]:
    """Columns of a complete album."""
    kinds = {str(medium.kind) for medium in own(rows)}
    return {
        "album_kind": next(iter(kinds)) if kinds in ({"photo"}, {"video"}) else "mixed",
        "items_count": len(posts(rows)),
        "caption": caption(rows),
        "state": "complete",
    }


def places(rows: Iterable[Row]) -> dict[int, int]:
    """Position -> post, of an album's items."""
    return dict(enumerate(post.id for post in posts(rows)))


def files(rows: Sequence[Row]) -> list[tuple[str, MediaRole]]:
    """sha256 and role of the files that have arrived: those of own media, then the others."""
    others = [medium for medium in media(rows) if medium.role != MediaRole.OWN]
    return [(medium.sha256, MediaRole(medium.role)) for medium in (*own(rows), *others) if medium.sha256]


def in_use(versions: Iterable[int], chain: Sequence[int]) -> int:
    """The version whose reading counts: the first of the chain, else the one that was registered last."""
    some = set(versions)
    return next((version for version in chain if version in some), max(some))


def vision(
    revision: int, rows: Sequence[Row], readings: Mapping[str, Mapping[int, Read]], chain: Sequence[int]
) -> VisionMetadata | None:
    """The merged readings of the present files; None if none of them was read."""
    shown = [medium for medium in media(rows) if medium.sha256 in readings]
    used = {str(medium.sha256): in_use(readings[str(medium.sha256)], chain) for medium in shown}
    if not used:
        return None
    weigh = {str(medium.sha256) for medium in own(rows)} & used.keys() or used.keys()
    messages = _messages(rows)
    read = {sha256: readings[sha256][version] for sha256, version in used.items()}
    return VisionMetadata(
        vision_version=_lowest({used[sha256] for sha256 in weigh}, chain),
        features_hash=features_hash({sha256: one.reading for sha256, one in read.items()}),
        revision=revision,
        items=[_item(sha256, messages[sha256], version, read[sha256].reading) for sha256, version in used.items()],
        status="partial" if any(one.status != "ok" for one in read.values()) else "ok",
    )


def _messages(rows: Iterable[Row]) -> dict[str, list[int]]:
    """sha256 -> the messages that show it, each once."""
    pairs = {(medium.sha256, post.telegram_message_id) for post, medium in rows if medium is not None}
    found: dict[str, list[int]] = {}
    for sha256, message in sorted((str(sha256), message) for sha256, message in pairs):
        found.setdefault(sha256, []).append(message)
    return found


def _lowest(versions: set[int], chain: Sequence[int]) -> int:
    """The least of them: one outside of the chain, registered first, else the last of the chain."""
    outside = versions - set(chain)
    return min(outside) if outside else next(version for version in reversed(chain) if version in versions)


def _item(sha256: str, messages: list[int], version: int, reading: Reading) -> ItemVision:
    same = ("classification", "is_meme", "description", "language", "nsfw", "phash", "texts", "pages")
    return ItemVision(
        sha256=sha256,
        message_ids=messages,
        vision_version=version,
        labels=[label.name for label in reading.labels],
        ocr_text=reading.text,
        **{name: getattr(reading, name) for name in same},
    )


def document(text: str, rows: Sequence[Row], merged: VisionMetadata | None, current: TagsMetadata | None) -> Document:
    """The search document of a publication, from its text, its posts, its merged readings and its tags."""
    items = merged.items if merged else []
    seen = {item.sha256: item for item in items}
    beside = [one["text"] for post in posts(rows) for one in post.words if not one.get("running")]
    words: list[str] = []
    named: list[str] = []
    for medium in media(rows):
        if (item := seen.get(medium.sha256 or "")) is not None:
            words.append(item.ocr_text)
            named += [*item.labels, item.description or ""]
        named.append(medium.file_name or "")
    tags = _distinct(current.tags if current else ())
    whole = clean(PARAGRAPH.join(filter(None, (text, *beside))))[:FIELD_LIMIT]
    labels = "\n".join(_distinct(named))[:FIELD_LIMIT]
    return Document(
        text=whole,
        tags="\n".join(tags),
        ocr=fitted("\n".join(_distinct(words)), (whole, "\n".join(tags), labels)),
        labels=labels,
        tag_list=tuple(tags),
        language=next((item.language for item in items if item.language), None),
    )


def _distinct(parts: Iterable[str]) -> list[str]:
    return [part for part in dict.fromkeys(map(clean, parts)) if part]
