"""The input of the tag step: the document for the tagger, and the state that tags depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.domain import words
from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.gate import GateDecision, TagState, input_hash, text_hash
from app.domain.messages import Entity
from app.metrics import Media
from app.models import Post, Publication
from app.pipeline.posts.revisions import text_of
from app.ports import TagInput


@dataclass(frozen=True)
class TaggingInput:
    """Input of a publication that passed the gate: its document, its current tags, and the state of new tags."""

    publication_id: int
    document: TagInput
    decision: GateDecision
    current: TagsMetadata | None
    new: TagState
    media: Media = "unknown"  # label of its metrics


def state(
    publication: Publication, posts: Sequence[Post], vision: VisionMetadata | None, tagger: str, vocabulary: str
) -> TagState:
    """The state from which tags would be made now. tagger, vocabulary: version and vocabulary of the Tagger port."""
    # An item without a caption changes no text: a late picture concerns vision and is no edit.
    beside = [one for post in posts for one in words.marked(post.words)]
    entities = [*(post.entities for post in posts if post.text), *([asdict(e) for e in some] for _, some in beside)]
    text = text_hash(text_of(publication, posts), entities)
    features = vision.features_hash if vision else None
    version = vision.vision_version if vision else None
    return TagState(version, features, text, input_hash(text, features, tagger, vocabulary))


def made_from(current: TagsMetadata | None) -> TagState | None:
    """The state from which the current tags were made; None without tags."""
    if current is None:
        return None
    return TagState(current.tags_version, current.features_hash, current.text_hash, current.tagger_input_hash)


def document(publication: Publication, posts: Sequence[Post], vision: VisionMetadata | None) -> TagInput:
    """Makes the document that a tagger reads of a publication."""
    items = vision.items if vision else []
    return TagInput(
        text=text_of(publication, posts),
        entities=(
            *((post.text, tuple(Entity(**entity) for entity in post.entities)) for post in posts if post.text),
            *((text, tuple(entities)) for post in posts for text, entities in words.marked(post.words)),
        ),
        ocr=tuple(item.ocr_text for item in items if item.ocr_text),
        labels=tuple(dict.fromkeys(label for item in items for label in item.labels)),
        descriptions=tuple(item.description for item in items if item.description),
        classifications=tuple(item.classification.value for item in items),
        language=next((item.language for item in items if item.language), None),
    )
