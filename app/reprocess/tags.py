"""retag: the publications that another tagger or vocabulary tagged, and what tagging them again costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.flow import Key
from app.domain.gate import input_hash
from app.domain.kinds import State, Step
from app.models import PostEnrichment, Publication, TokenLedger, Work
from app.pipeline.posts import enrichment
from app.pipeline.posts.revisions import items_of, publications_of
from app.pipeline.steps.tag_input import document
from app.ports import PaidModel, Tagger
from app.reprocess.choice import Choice, places
from app.reprocess.price import Price, Till
from app.reprocess.skipped_subjects import SkippedSubjects, skipped_subjects, to_be_done
from app.settings import get_settings

SAMPLE = 200  # publications whose documents are read for a price; above, each counts as the longest question there is
REFUSED = "refused: %"
ENDED = (State.DONE, State.SKIPPED, State.DEAD)


@dataclass(frozen=True)
class TagPlan:
    """What `retag` would do. keys: (publication, revision)."""

    keys: list[Key] = field(repr=False)
    changed: int  # publications among them whose tagger would see something else than it saw before
    price: Price | None  # None for a tagger that costs nothing
    standing: SkippedSubjects  # `standing` in the JSON of reanalyze and retag

    @property
    def publications(self) -> int:
        """How many would be made due."""
        return len(self.keys)

    @property
    def tokens(self) -> int:
        """The most that it may cost."""
        return self.price.most if self.price else 0


class Tags:
    """The publications that a choice is about, and the tagger of today."""

    def __init__(self, session: Session, tagger: Tagger, choice: Choice, *, everything: bool) -> None:
        """everything: also those where nothing changed, and those without tags."""
        self._session, self._tagger = session, tagger
        self._everything = everything
        self._where = [choice.publications(), Publication.persisted_revision == Publication.revision]
        if files := choice.files(session):
            of_files = places().where(choice.publications(), *files).with_only_columns(Publication.id)
            self._where.append(Publication.id.in_(of_files))
        data = PostEnrichment.data
        other = (data["tagger_version"].astext != tagger.version) | (
            func.coalesce(data["vocabulary"].astext, "") != tagger.vocabulary
        )
        self._changed: ColumnElement[bool] = func.coalesce(other, PostEnrichment.id.is_(None))

    def plan(self) -> TagPlan:
        """Counts and a price."""
        found = self._session.execute(self._wanted()).all()
        refused = self._refused([id_ for id_, _, _, refusal in found if refusal])
        wanted = [(id_, revision, changed) for id_, revision, changed, _ in found if id_ not in refused]
        changed = [id_ for id_, _, changed in wanted if changed]
        there = skipped_subjects(self._session, self._rows(), again())
        return TagPlan(
            keys=[(id_, revision) for id_, revision, _ in wanted],
            changed=len(changed),
            price=self._price(changed),
            standing=SkippedSubjects(there.open, there.flow, there.unknown, there.left + len(refused)),
        )

    def _rows(self) -> Select[int]:
        tags = and_(PostEnrichment.post_id == Publication.lead_post_id, PostEnrichment.kind == "tags")
        row = and_(Work.step == Step.TAG, Work.subject_id == Publication.id, Work.revision == Publication.revision)
        query = select(Publication.id).outerjoin(PostEnrichment, tags).outerjoin(Work, row).where(*self._where)
        here = true() if self._everything else and_(PostEnrichment.id.is_not(None), self._changed)
        return query.where(here)

    def _wanted(self) -> Select[int, int, bool, bool]:
        """(publication, revision, whether its tags are from another tagger, whether a model refused it before)"""
        refused = func.coalesce((Work.state == State.SKIPPED) & Work.reason.like(REFUSED), False)
        query = self._rows().where(to_be_done(again()))
        return query.with_only_columns(Publication.id, Publication.revision, self._changed, refused).order_by(
            Publication.id
        )

    def _refused(self, ids: Sequence[int]) -> set[int]:
        """Those that the model of today was asked about, word for word, and would not speak about."""
        publications = publications_of(self._session, ids)
        vision = enrichment.read_all(self._session, publications.values(), VisionMetadata)
        tags = enrichment.read_all(self._session, publications.values(), TagsMetadata)
        asked = self._session.execute(
            select(Work.subject_id, TokenLedger.key)
            .join(TokenLedger, TokenLedger.work_id == Work.id)
            .where(Work.step == Step.TAG, Work.subject_id.in_(ids))
        )
        questions = Counter((id_, key.partition(".")[0]) for id_, key in asked if key)
        found = set()
        for id_, made in tags.items():
            features = vision[id_].features_hash if id_ in vision else None
            key = input_hash(made.text_hash, features, self._tagger.version, self._tagger.vocabulary)
            if questions[id_, key]:
                found.add(id_)
        return found

    def _price(self, ids: Sequence[int]) -> Price | None:
        """Of few publications each is asked what it costs; of many a sample says what is likely, and the longest
        question that there is, which a repair repeats, what is the most."""
        if not isinstance(self._tagger, PaidModel):
            return None
        till = Till(self._session, self._tagger, "tags")
        sample = list(ids) if len(ids) <= SAMPLE else list(ids)[:: -(-len(ids) // SAMPLE)]
        estimates = self._estimates(sample)
        guess = sum(estimates) / len(estimates) if estimates else None
        if len(sample) == len(ids):
            return till.price(Counter(estimates).items(), guess, len(sample))
        return till.price([(self._tagger.estimate_repair(), len(ids))], guess, len(sample))

    def _estimates(self, ids: Sequence[int]) -> list[int]:
        assert isinstance(self._tagger, PaidModel)
        publications = publications_of(self._session, ids)
        rows = items_of(self._session, ids)
        vision = enrichment.read_all(self._session, publications.values(), VisionMetadata)
        return [
            self._tagger.estimate(document(one, [post for post, _ in rows[id_]], vision.get(id_)))
            for id_, one in publications.items()
        ]


def again() -> ColumnElement[bool]:
    """Rows of work that another run makes due. Those that are open get the tagger of today anyway."""
    states = ENDED if get_settings().unanswered == "hold" else (*ENDED, State.UNKNOWN)
    return Work.state.in_(states)
