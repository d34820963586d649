"""tag: the gate, the tagger, and a row of lineage for each passage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.flow import Call, Key, Next
from app.domain.gate import GateDecision, TagState, decide, input_hash, text_hash
from app.domain.kinds import REREAD, State, Step
from app.domain.messages import Entity
from app.domain.retries import after
from app.domain.steps import Stage
from app.domain.tags import tags_hash
from app.errors import MediaAuditError, Refused
from app.events import announce, outbox
from app.models import Post, Publication, TagChange
from app.pipeline.engine import ledger, step_metrics, work
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import each
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome, Performed
from app.pipeline.engine.paid_step import BillableStep, PaidStep, run_paid
from app.pipeline.engine.work import Claim
from app.pipeline.posts import enrichment
from app.pipeline.posts.documents import is_current
from app.pipeline.posts.revisions import items_of, lead_of, lock_publications, publications_of
from app.pipeline.vision import recipes
from app.ports import PaidModel, Tagger, Tagging, TagInput
from app.settings import get_settings


@dataclass(frozen=True)
class TaggingInput:
    """An open gate: what the tagger reads, what is there now, and what the new tags are made from."""

    publication_id: int
    document: TagInput
    passage: GateDecision
    current: TagsMetadata | None
    new: TagState


class Tag(BillableStep[TaggingInput, TagInput, Tagging]):
    """Tags publications through the gate of domain.gate."""

    step = Step.TAG
    chunk = 50
    wary = True

    def __init__(self, tagger: Tagger, *, bulk: bool) -> None:
        self._tagger = tagger
        self._bulk = bulk
        self._paid = isinstance(tagger, PaidModel)

    def load_all(
        self, session: Session, claims: Sequence[Claim]
    ) -> list[TaggingInput | EarlyOutcome | MediaAuditError]:
        found = publications_of(session, [held.subject_id for held in claims])
        rows = items_of(session, list(found))
        vision = enrichment.read_all(session, found.values(), VisionMetadata)
        tags = enrichment.read_all(session, found.values(), TagsMetadata)
        chain = recipes.chain(session)
        answers: list[TaggingInput | EarlyOutcome | MediaAuditError] = []
        for held in claims:
            id_ = held.subject_id
            posts = [post for post, _ in rows[id_]]
            answers.append(self._gate(held, found[id_], posts, vision.get(id_), tags.get(id_), chain))
        self._count_shut(session, claims, answers, tags)
        shut = [
            h for h, answer in zip(claims, answers, strict=True) if isinstance(answer, EarlyOutcome) and answer.nexts
        ]
        self._arm_index(session, shut)
        return answers

    def _count_shut(
        self,
        session: Session,
        claims: Sequence[Claim],
        answers: Sequence[TaggingInput | EarlyOutcome | MediaAuditError],
        tags: Mapping[int, TagsMetadata],
    ) -> None:
        for held, answer in zip(claims, answers, strict=True):
            if isinstance(answer, EarlyOutcome) and held.subject_id in tags:
                step_metrics.not_retagged(session, "superseded" if answer.state is State.SKIPPED else "gate_shut")

    def stage(self, given: TaggingInput) -> Stage | None:
        if given.current is None:
            return "tag"
        return "retag" if given.passage.call else None

    def _gate(
        self,
        held: Claim,
        publication: Publication,
        posts: Sequence[Post],
        vision: VisionMetadata | None,
        current: TagsMetadata | None,
        chain: Sequence[int],
    ) -> TaggingInput | EarlyOutcome:
        if publication.revision != held.revision:
            return EarlyOutcome.superseded()
        new = state(publication, posts, vision, self._tagger.version, self._tagger.vocabulary)
        passage = decide(made_from(current), new, chain, asked=held.asked == REREAD)
        if passage is None:
            return EarlyOutcome(self._index(held), reason="the gate is shut: nothing new")
        return TaggingInput(publication.id, document(publication, posts, vision), passage, current, new)

    def perform(self, inputs: Sequence[TaggingInput]) -> list[Tagging | MediaAuditError]:
        return each(self._tags, inputs)

    def _tags(self, given: TaggingInput) -> Tagging:
        if given.current is not None and not given.passage.call:
            return Tagging(given.current.tags, given.current.status)
        return Tagging(self._tagger.tag(given.document))

    def question(self, given: TaggingInput) -> tuple[TagInput, str] | None:
        """The document; its answers belong to everything that tags depend on, so the same is never paid twice."""
        return (given.document, self._shelf(given)) if given.passage.call else None

    def _shelf(self, given: TaggingInput) -> str:
        """The input's hash leaves out what tags do not depend on, such as the punctuation of a picture's words; a paid
        answer is about the very document."""
        about = self._tagger.about(given.document) if isinstance(self._tagger, PaidModel) else ""
        return f"{given.new.input_hash}.{about[:16]}"

    def meanwhile(self, session: Session, held: Claim, given: TaggingInput) -> tuple[Next, ...]:
        """A post is found by its words, and by those of its pictures, though it has no tags or old ones."""
        if is_current(session, session.get_one(Publication, held.subject_id)):
            return ()  # what waits comes here again and again
        self._arm_index(session, [held])
        return self._index(held)

    def failed(self, session: Session, held: Claim, given: TaggingInput, error: MediaAuditError) -> Outcome | None:
        """A post that will have no other tags, since nobody can make them or a model would not speak about it, goes on
        with those that it has: its text may be new, and what its pictures show."""
        if isinstance(error, Refused):
            if given.current is not None:
                step_metrics.not_retagged(session, "refused")
            return Outcome(self.meanwhile(session, held, given), State.SKIPPED, f"refused: {error.reason}")
        if after(error, held.attempts, get_settings().max_attempts, 0.0).state is State.DUE:
            return None
        return Outcome(self.meanwhile(session, held, given), error=error)

    def lock(self, session: Session, inputs: Sequence[TaggingInput]) -> None:
        lock_publications(session, sorted(given.publication_id for given in inputs))

    def finish_all(self, session: Session, done: Sequence[Performed[TaggingInput, Tagging]]) -> list[Outcome]:
        publications = publications_of(session, [one.held.subject_id for one in done])
        current = [one for one in done if publications[one.held.subject_id].revision == one.held.revision]
        metadata = {one.held.id: self._metadata(one.held, one.given, one.result) for one in current}
        changes = {one.held.id: self._lineage(session, one, metadata[one.held.id]) for one in current}
        session.add_all(changes.values())
        session.flush()
        leads = {one.held.id: lead_of(publications[one.held.subject_id]) for one in current}
        enrichment.write_all(session, {leads[id_]: tags for id_, tags in metadata.items()})
        events = [
            announce.post_tagged(
                publications[one.held.subject_id], metadata[one.held.id], lineage=changes[one.held.id].id
            )
            for one in current
            if one.given.passage.call
        ]
        outbox.add(session, *events)
        self._arm_index(session, [one.held for one in current])
        for one in done:
            self._count(session, one, changes.get(one.held.id))
        return [self._end(one, written=one.held.id in metadata) for one in done]

    def _count(self, session: Session, one: Performed[TaggingInput, Tagging], change: TagChange | None) -> None:
        """Later taggings; first ones are counted as passages alone."""
        if one.given.current is None:
            return
        if change is None:
            step_metrics.not_retagged(session, "superseded")
        elif not change.called_tagger:
            step_metrics.not_retagged(session, "same_input")
        else:
            changed = bool(change.added or change.removed)
            step_metrics.retagged(session, one.held, changed=changed, seconds=one.seconds)

    def _end(self, one: Performed[TaggingInput, Tagging], *, written: bool) -> Outcome:
        if not written:
            return Outcome.superseded()
        return Outcome(self._index(one.held), reason=one.given.passage.reason)

    def _arm_index(self, session: Session, claims: Sequence[Claim]) -> None:
        traces = {held.subject_id: held.trace_id for held in claims if held.trace_id}
        keys = [held.key for held in claims]
        work.requeue(session, Step.INDEX, keys, hint=get_settings().republish_after, traces=traces)

    def _index(self, held: Claim) -> tuple[Next, ...]:
        return (Call(Step.INDEX, (held.key,), bulk=self._bulk, trace_id=held.trace_id),)

    def _metadata(self, held: Claim, given: TaggingInput, result: Tagging) -> TagsMetadata:
        return TagsMetadata(
            tags=result.tags,
            tags_hash=tags_hash(result.tags),
            status=result.status,
            vocabulary=self._tagger.vocabulary,
            tags_version=given.new.version,
            features_hash=given.new.features_hash,
            text_hash=given.new.text_hash,
            tagger_version=self._tagger.version,
            tagger_input_hash=given.new.input_hash,
            revision=held.revision,
            trigger=given.passage.trigger,
        )

    def _lineage(self, session: Session, one: Performed[TaggingInput, Tagging], metadata: TagsMetadata) -> TagChange:
        held, given, before = one.held, one.given, one.given.current
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
            vocabulary=metadata.vocabulary,
            problems=list(one.result.problems),
            added=sorted(set(metadata.tags) - old),
            removed=sorted(old - set(metadata.tags)),
            tokens=ledger.spent_on(session, held.id, self._shelf(given)) if self._paid and given.passage.call else 0,
        )


def tag_publications(tagger: Tagger, keys: Sequence[Key], *, bulk: bool) -> list[Next]:
    """Tags what is due of the keys."""
    if not isinstance(tagger, PaidModel):
        return run_external(Tag(tagger, bulk=bulk), keys)
    settings = get_settings()
    paying = PaidStep(Tag(tagger, bulk=bulk), tagger, settings.limits(tagger.provider), settings.tagger_timeout)
    return run_paid(paying, keys)


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
