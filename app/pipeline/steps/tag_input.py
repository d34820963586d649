"""The input of the tag step: the document that a tagger reads, and everything that tags depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.gate import GateDecision, TagState, input_hash, text_hash
from app.domain.messages import Entity
from app.models import Post, Publication
from app.ports import TagInput


@dataclass(frozen=True)
class TaggingInput:
    """An open gate: the document for the tagger, the current tags, and the state that new tags are made from."""

    publication_id: int
    document: TagInput
    passage: GateDecision
    current: TagsMetadata | None
    new: TagState


def state(
    publication: Publication, posts: Sequence[Post], vision: VisionMetadata | None, tagger: str, vocabulary: str
) -> TagState:
    """What tags would be made from now. tagger, vocabulary: as the port has them."""
    # An item without a caption changes no text: a late picture is news for vision, not an edit.
    text = text_hash(publication.text, [post.entities for post in posts if post.text])
    features = vision.features_hash if vision else None
    version = vision.vision_version if vision else None
    return TagState(version, features, text, input_hash(text, features, tagger, vocabulary))


def made_from(current: TagsMetadata | None) -> TagState | None:
    """What the current tags were made from; None without any."""
    if current is None:
        return None
    return TagState(current.tags_version, current.features_hash, current.text_hash, current.tagger_input_hash)


def document(publication: Publication, posts: Sequence[Post], vision: VisionMetadata | None) -> TagInput:
    """What a tagger reads of a publication."""
    items = vision.items if vision else []
    return TagInput(
        text=publication.text,
        entities=tuple((post.text, tuple(Entity(**entity) for entity in post.entities)) for post in posts if post.text),
        ocr=tuple(item.ocr_text for item in items if item.ocr_text),
        labels=tuple(dict.fromkeys(label for item in items for label in item.labels)),
        descriptions=tuple(item.description for item in items if item.description),
        classifications=tuple(item.classification.value for item in items),
        language=next((item.language for item in items if item.language), None),
    )
