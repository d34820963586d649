"""tag_publication: asks the gate, calls the tagger, and stores a lineage row for each tagging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.flow import Call, Key, Next
from app.domain.gate import decide
from app.domain.kinds import REPROCESS, State, Step
from app.domain.steps import STEPS, Stage
from app.errors import MediaAuditError, NoAnswer, Refused
from app.events import announce, outbox
from app.metrics import Media
from app.models import Publication, TagChange
from app.pipeline.engine import ledger, step_metrics, work
from app.pipeline.engine.billable import Billable
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep, each
from app.pipeline.engine.lease_ends import verdict_on
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome, Performed
from app.pipeline.engine.paid_step import PaidStep, run_paid
from app.pipeline.engine.work import NO_ANSWER, REFUSED, Claim
from app.pipeline.posts import enrichment
from app.pipeline.posts.documents import is_current
from app.pipeline.posts.media_label import label_of
from app.pipeline.posts.revisions import Row, items_of, lead_of, lock_publications, posts_of, publications_of
from app.pipeline.steps.tag_input import TaggingInput, document, made_from, state
from app.pipeline.steps.tag_lineage import change_of, metadata_of
from app.pipeline.vision import recipes
from app.ports import PaidModel, Tagger, Tagging, TagInput
from app.settings import get_settings


class Tag(ExternalStep[TaggingInput, Tagging]):
    """Tags publications through the gate of domain.gate."""

    step = Step.TAG
    chunk = 50
    wary = True

    def __init__(self, tagger: Tagger, *, bulk: bool) -> None:
        self._tagger = tagger
        self._bulk = bulk

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
            answers.append(self._gate(held, found[id_], rows[id_], vision.get(id_), tags.get(id_), chain))
        self._count_shut(session, claims, answers, tags)
        shut = [
            h for h, answer in zip(claims, answers, strict=True) if isinstance(answer, EarlyOutcome) and answer.nexts
        ]
        self._requeue_index(session, shut)
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
        spec = STEPS[self.step]
        if given.current is None:
            return spec.stage
        return spec.stage_again if given.decision.call else None

    def media(self, given: TaggingInput) -> Media:
        return given.media

    def _gate(
        self,
        held: Claim,
        publication: Publication,
        rows: Sequence[Row],
        vision: VisionMetadata | None,
        current: TagsMetadata | None,
        chain: Sequence[int],
    ) -> TaggingInput | EarlyOutcome:
        if publication.revision != held.revision:
            return EarlyOutcome.superseded()
        posts = posts_of(rows)
        new = state(publication, posts, vision, self._tagger.version, self._tagger.vocabulary)
        decision = decide(made_from(current), new, chain, asked=held.asked == REPROCESS)
        if decision is None:
            return EarlyOutcome(self._index(held), reason="the gate is shut: nothing new")
        about = document(publication, posts, vision)
        return TaggingInput(publication.id, about, decision, current, new, label_of(publication, rows))

    def perform(self, inputs: Sequence[TaggingInput]) -> list[Tagging | MediaAuditError]:
        return each(self._tags, inputs)

    def _tags(self, given: TaggingInput) -> Tagging:
        if given.current is not None and not given.decision.call:
            return Tagging(given.current.tags, given.current.status)
        return Tagging(self._tagger.tag(given.document))

    def answer_key(self, given: TaggingInput) -> str:
        """The key of a paid tagger's answers. The input's hash leaves out details that tags do not depend on, such as
        the punctuation of a picture's words; a paid answer is about the exact document."""
        about = self._tagger.about(given.document) if isinstance(self._tagger, PaidModel) else ""
        return f"{given.new.input_hash}.{about[:16]}"

    def _tokens(self, session: Session, held: Claim, given: TaggingInput) -> int:
        """Cost of all calls for these tags, in tokens."""
        paid = isinstance(self._tagger, PaidModel) and given.decision.call
        return ledger.spent_on(session, held.id, self.answer_key(given)) if paid else 0

    def index_as_it_is(self, session: Session, held: Claim) -> tuple[Next, ...]:
        """Makes a post findable by its words and those of its pictures, although it has no tags or old ones."""
        if is_current(session, session.get_one(Publication, held.subject_id)):
            return ()  # a waiting row comes here again and again
        self._requeue_index(session, [held])
        return self._index(held)

    def failed(self, session: Session, held: Claim, given: TaggingInput, error: MediaAuditError) -> Outcome | None:
        """Indexes a post with its present tags if no others will come, since every attempt failed, the model refused or
        its answer said nothing: its text and the readings of its pictures may be new."""
        if isinstance(error, Refused | NoAnswer):
            refused = isinstance(error, Refused)
            if given.current is not None:
                step_metrics.not_retagged(session, "refused" if refused else "no_answer")
            why = f"{REFUSED if refused else NO_ANSWER}{error.reason}"
            return Outcome(self.index_as_it_is(session, held), State.SKIPPED, why)
        if verdict_on(held, error).state is State.DUE:
            return None
        return Outcome(self.index_as_it_is(session, held), error=error)

    def lock(self, session: Session, inputs: Sequence[TaggingInput]) -> None:
        lock_publications(session, sorted(given.publication_id for given in inputs))

    def finish_all(self, session: Session, done: Sequence[Performed[TaggingInput, Tagging]]) -> list[Outcome]:
        publications = publications_of(session, [one.held.subject_id for one in done])
        current = [one for one in done if publications[one.held.subject_id].revision == one.held.revision]
        metadata = {one.held.id: metadata_of(self._tagger, one.held, one.given, one.result) for one in current}
        tokens = {one.held.id: self._tokens(session, one.held, one.given) for one in current}
        changes = {one.held.id: change_of(one, metadata[one.held.id], tokens[one.held.id]) for one in current}
        session.add_all(changes.values())
        session.flush()
        leads = {one.held.id: lead_of(publications[one.held.subject_id]) for one in current}
        enrichment.write_all(session, {leads[id_]: tags for id_, tags in metadata.items()})
        events = [
            announce.post_tagged(
                publications[one.held.subject_id], metadata[one.held.id], lineage=changes[one.held.id].id
            )
            for one in current
            if one.given.decision.call
        ]
        outbox.add(session, *events)
        self._requeue_index(session, [one.held for one in current])
        for one in done:
            self._count(session, one, changes.get(one.held.id))
        return [self._end(one, written=one.held.id in metadata) for one in done]

    def _count(self, session: Session, one: Performed[TaggingInput, Tagging], change: TagChange | None) -> None:
        """Counts a later tagging; a first one counts only as an end of its step."""
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
        return Outcome(self._index(one.held), reason=one.given.decision.reason)

    def _requeue_index(self, session: Session, claims: Sequence[Claim]) -> None:
        traces = {held.subject_id: held.trace_id for held in claims if held.trace_id}
        keys = [held.key for held in claims]
        work.requeue(session, Step.INDEX, keys, hint=get_settings().republish_after, traces=traces)

    def _index(self, held: Claim) -> tuple[Next, ...]:
        return (Call(Step.INDEX, (held.key,), bulk=self._bulk, trace_id=held.trace_id),)


class PaidTags(Billable[TaggingInput, TagInput, Tagging]):
    """The tags of one publication by a paid tagger."""

    free: Tag

    def __init__(self, free: Tag) -> None:
        self.free = free

    def question(self, given: TaggingInput) -> tuple[TagInput, str] | None:
        """The document. The key of its answers holds all inputs of tags, so that the same tags are never paid twice."""
        return (given.document, self.free.answer_key(given)) if given.decision.call else None

    def meanwhile(self, session: Session, held: Claim, given: TaggingInput) -> tuple[Next, ...]:
        """Makes the post findable by its words."""
        return self.free.index_as_it_is(session, held)


def tag_publications(tagger: Tagger, keys: Sequence[Key], *, bulk: bool) -> list[Next]:
    """Tags the due publications among the keys."""
    if not isinstance(tagger, PaidModel):
        return run_external(Tag(tagger, bulk=bulk), keys)
    settings = get_settings()
    step, limits = PaidTags(Tag(tagger, bulk=bulk)), settings.limits(tagger.provider)
    return run_paid(PaidStep(step, tagger, limits, settings.tagger_timeout), keys)
