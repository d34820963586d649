"""tag: the gate, the tagger, and a row of lineage for each passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.flow import Call, Key, Next
from app.domain.gate import Passage, TagState, decide, input_hash, text_hash
from app.domain.kinds import State, Step
from app.domain.messages import Entity
from app.domain.tags import tags_hash
from app.errors import MediaAuditError
from app.events import announce
from app.models import Post, Publication, TagChange
from app.pipeline import enrichment, recipes, work
from app.pipeline.revisions import items_of, lock_publications
from app.pipeline.runner import Finish, Outside, Ready, run_outside
from app.pipeline.work import Claim
from app.ports import Tagger, TagInput
from app.settings import get_settings

ASKED = "asked"  # reason of a tag row that a person made due


@dataclass(frozen=True)
class Given:
    """An open gate: what the tagger reads, what is there now, and what the new tags are made from."""

    publication_id: int
    document: TagInput
    passage: Passage
    current: TagsMetadata | None
    new: TagState


class Tag(Outside[Given, list[str]]):
    """Tags publications through the gate of domain.gate."""

    step = Step.TAG
    chunk = 50

    def __init__(self, tagger: Tagger, *, bulk: bool) -> None:
        self._tagger = tagger
        self._bulk = bulk

    def load(self, session: Session, held: Claim) -> Given | Ready:
        publication = session.get_one(Publication, held.subject_id)
        if publication.revision != held.revision:
            return Ready(state=State.SKIPPED, reason="superseded")
        posts = [post for post, _ in items_of(session, [publication.id])[publication.id]]
        vision = enrichment.read(session, publication, VisionMetadata)
        current = enrichment.read(session, publication, TagsMetadata)
        new = _state(publication, posts, vision, self._tagger.version)
        passage = decide(_made_from(current), new, recipes.chain(session), asked=held.reason == ASKED)
        if passage is None:
            return Ready(self._index(session, held), reason="the gate is shut: nothing new")
        return Given(publication.id, _document(publication, posts, vision), passage, current, new)

    def perform(self, inputs: Sequence[Given]) -> list[list[str] | MediaAuditError]:
        return [self._tags(given) for given in inputs]

    def _tags(self, given: Given) -> list[str]:
        if given.current is not None and not given.passage.call:
            return given.current.tags
        return self._tagger.tag(given.document)

    def lock(self, session: Session, given: Given) -> None:
        lock_publications(session, [given.publication_id])

    def finish(self, session: Session, held: Claim, given: Given, result: list[str]) -> Finish:
        publication = session.get_one(Publication, held.subject_id)
        if publication.revision != held.revision:
            return Finish((), State.SKIPPED, "superseded")
        metadata = self._metadata(held, given, result)
        enrichment.write(session, publication, metadata)
        change = self._lineage(held, given, metadata)
        session.add(change)
        session.flush()
        if given.passage.call:
            announce.post_tagged(session, publication, metadata, lineage=change.id)
        return Finish(self._index(session, held), reason=given.passage.reason)

    def _index(self, session: Session, held: Claim) -> tuple[Next, ...]:
        work.rearm(session, Step.INDEX, [held.key], hint=get_settings().republish_after)
        return (Call(Step.INDEX, (held.key,), bulk=self._bulk),)

    def _metadata(self, held: Claim, given: Given, tags: list[str]) -> TagsMetadata:
        return TagsMetadata(
            tags=tags,
            tags_hash=tags_hash(tags),
            tags_version=given.new.version,
            features_hash=given.new.features_hash,
            text_hash=given.new.text_hash,
            tagger_version=self._tagger.version,
            tagger_input_hash=given.new.input_hash,
            revision=held.revision,
            trigger=given.passage.trigger,
        )

    def _lineage(self, held: Claim, given: Given, metadata: TagsMetadata) -> TagChange:
        before = given.current
        old = set(before.tags) if before else set()
        return TagChange(
            publication_id=held.subject_id,
            revision=held.revision,
            trigger=given.passage.trigger,
            reason=given.passage.reason,
            called_tagger=given.passage.call,
            from_version=before.tags_version if before else None,
            to_version=metadata.tags_version,
            from_features=before.features_hash if before else None,
            to_features=metadata.features_hash,
            tagger_version=metadata.tagger_version,
            tagger_input_hash=metadata.tagger_input_hash,
            added=sorted(set(metadata.tags) - old),
            removed=sorted(old - set(metadata.tags)),
        )


def tag_publications(tagger: Tagger, keys: Sequence[Key], *, bulk: bool) -> list[Next]:
    """Tags what is due of the keys."""
    return run_outside(Tag(tagger, bulk=bulk), keys)


def _state(publication: Publication, posts: Sequence[Post], vision: VisionMetadata | None, tagger: str) -> TagState:
    # An item without a caption changes no text: a late picture is news for vision, not an edit.
    text = text_hash(publication.text, [post.entities for post in posts if post.text])
    features = vision.features_hash if vision else None
    version = vision.vision_version if vision else None
    return TagState(version, features, text, input_hash(text, features, tagger))


def _made_from(current: TagsMetadata | None) -> TagState | None:
    if current is None:
        return None
    return TagState(current.tags_version, current.features_hash, current.text_hash, current.tagger_input_hash)


def _document(publication: Publication, posts: Sequence[Post], vision: VisionMetadata | None) -> TagInput:
    items = vision.items if vision else []
    return TagInput(
        text=publication.text,
        entities=tuple((post.text, tuple(Entity(**entity) for entity in post.entities)) for post in posts),
        ocr=tuple(item.ocr_text for item in items if item.ocr_text),
        labels=tuple(dict.fromkeys(label for item in items for label in item.labels)),
        descriptions=tuple(item.description for item in items if item.description),
        classifications=tuple(item.classification.value for item in items),
        language=next((item.language for item in items if item.language), None),
    )
