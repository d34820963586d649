"""Plans `retag`: the publications tagged by another tagger or vocabulary, and the price of tagging them again."""

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
from app.pipeline.posts.revisions import items_of, posts_of, publications_of
from app.pipeline.steps.tag_input import document
from app.ports import PaidModel, Tagger
from app.reprocess.choice import Choice, places
from app.reprocess.price import Price, Till
from app.reprocess.skipped_subjects import SkippedSubjects, skipped_subjects, to_be_done
from app.settings import get_settings

SAMPLE = 200  # publications whose documents are read for a price; with more, each counts as the longest possible call
REFUSED = "refused: %"
ENDED = (State.DONE, State.SKIPPED, State.DEAD)


@dataclass(frozen=True)
class TagPlan:
    """The plan of a `retag`. keys: (publication, revision)."""

    keys: list[Key] = field(repr=False)
    changed: int  # publications among them tagged by another tagger or vocabulary, or not at all
    price: Price | None  # None for a free tagger
    standing: SkippedSubjects  # `standing` in the JSON of reanalyze and retag

    @property
    def publications(self) -> int:
        """Number of publications that would become due."""
        return len(self.keys)

    @property
    def tokens(self) -> int:
        """The highest cost of the plan, in tokens."""
        return self.price.most if self.price else 0


class Tags:
    """The publications of a choice, and the present tagger."""

    def __init__(self, session: Session, tagger: Tagger, choice: Choice, *, everything: bool) -> None:
        """everything: also publications whose tags are up to date, and those without tags."""
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
        """Counts publications and computes the price."""
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
        """(publication, revision, whether another tagger or vocabulary tagged it, whether a model refused it before)"""
        refused = func.coalesce((Work.state == State.SKIPPED) & Work.reason.like(REFUSED), False)
        query = self._rows().where(to_be_done(again()))
        return query.with_only_columns(Publication.id, Publication.revision, self._changed, refused).order_by(
            Publication.id
        )

    def _refused(self, ids: Sequence[int]) -> set[int]:
        """Publications that the present model has refused for exactly the same question."""
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
        """The price of these publications; None for a free tagger.

        Up to SAMPLE publications, each has its own estimate. Beyond that, a sample gives the likely cost, and the upper
        limit counts each as the longest call: a repair, which repeats its question.
        """
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
            self._tagger.estimate(document(one, posts_of(rows[id_]), vision.get(id_)))
            for id_, one in publications.items()
        ]


def again() -> ColumnElement[bool]:
    """Rows of work that another run makes due again. Open rows will use the present tagger anyway."""
    states = ENDED if get_settings().unanswered == "hold" else (*ENDED, State.UNKNOWN)
    return Work.state.in_(states)
