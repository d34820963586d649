"""Plans `retag`: the publications tagged by another tagger or vocabulary, and the price of tagging them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.flow import Key
from app.domain.gate import input_hash
from app.domain.kinds import State, Step
from app.models import PostEnrichment, Publication, TokenLedger, Work
from app.pipeline.engine.work import NO_ANSWER, REFUSED
from app.pipeline.posts import enrichment
from app.pipeline.posts.revisions import items_of, posts_of, publications_of
from app.pipeline.steps.tag_input import document
from app.ports import PaidModel, Tagger
from app.reprocess.choice import Choice, places
from app.reprocess.files import HIGHEST
from app.reprocess.price import Price, Till
from app.reprocess.skipped_subjects import SkippedSubjects, skipped_subjects, to_be_done
from app.search.limits import walking
from app.settings import get_settings

SAMPLE = 200  # publications whose documents are read for a price; with more, each counts as the longest possible call
ENDLESS = (f"{REFUSED}%", f"{NO_ANSWER}%")  # reasons that a stored answer gives again and again
ENDED = (State.DONE, State.SKIPPED, State.DEAD)


@dataclass(frozen=True)
class TagPlan:
    """The plan of a `retag`."""

    publications: int  # that would become due
    changed: int  # publications among them tagged by another tagger or vocabulary, or not at all
    price: Price | None  # None for a free tagger
    standing: SkippedSubjects  # `standing` in the JSON of reanalyze and retag
    tokens: int  # highest cost of the plan

    @property
    def subjects(self) -> int:
        """Rows of work that would become due."""
        return self.publications


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
        refused = self._refused_before()
        wanted = self._wanted().order_by(None).subquery()
        count, changed = self._session.execute(
            select(func.count(), func.count().filter(wanted.c.changed)).select_from(wanted)
        ).one()
        changed -= sum(refused.values())
        price = self._price(changed, refused)
        there = skipped_subjects(self._session, self._rows(), again())
        return TagPlan(
            publications=count - len(refused),
            changed=changed,
            price=price,
            standing=SkippedSubjects(there.open, there.flow, there.unknown, there.left + len(refused)),
            tokens=price.most if price else 0,
        )

    @property
    def versions(self) -> str:
        """The tagger with its vocabulary, which a price holds for."""
        return f"{self._tagger.version} {self._tagger.vocabulary}".strip()

    def highest(self) -> int:
        """The highest id of a publication now; 0 for none."""
        return self._session.scalar(select(func.max(Publication.id))) or 0

    def window(self, after: int, until: int, limit: int) -> int:
        """The end of the next `limit` ids of publications above `after`, at most `until`."""
        ids = select(Publication.id).where(Publication.id > after, Publication.id <= until).order_by(Publication.id)
        with walking(self._session):
            return self._session.scalar(select(func.max(ids.limit(limit).subquery().c.id))) or until

    def keys(self, after: int = 0, until: int = HIGHEST) -> list[Key]:
        """(publication, revision) of those that would become due, with ids above `after` and up to `until`."""
        window = (Publication.id > after, Publication.id <= until)
        found = self._session.execute(self._wanted(*window)).all()
        refused = self._refused([id_ for id_, _, _, refusal in found if refusal])
        return [(id_, revision) for id_, revision, _, _ in found if id_ not in refused]

    def _refused_before(self) -> dict[int, bool]:
        """Publications that the model refused, or did not answer, and would not again -> whether another tagger has
        tagged them."""
        wanted = self._wanted().subquery()
        query = select(wanted.c.id, wanted.c.changed).where(wanted.c.refused)
        found: dict[int, bool] = dict(self._session.execute(query).all())
        refused = self._refused(list(found))
        return {id_: changed for id_, changed in found.items() if id_ in refused}

    def _rows(self) -> Select[int]:
        tags = and_(PostEnrichment.post_id == Publication.lead_post_id, PostEnrichment.kind == "tags")
        row = and_(Work.step == Step.TAG, Work.subject_id == Publication.id, Work.revision == Publication.revision)
        query = select(Publication.id).outerjoin(PostEnrichment, tags).outerjoin(Work, row).where(*self._where)
        here = true() if self._everything else and_(PostEnrichment.id.is_not(None), self._changed)
        return query.where(here)

    def _wanted(self, *window: ColumnElement[bool]) -> Select[int, int, bool, bool]:
        """(publication, revision, whether another tagger or vocabulary tagged it, whether a model refused it before)"""
        refused = func.coalesce((Work.state == State.SKIPPED) & or_(*map(Work.reason.like, ENDLESS)), False)
        query = self._rows().where(to_be_done(again()), *window)
        return query.with_only_columns(
            Publication.id, Publication.revision, self._changed.label("changed"), refused.label("refused")
        ).order_by(Publication.id)

    def _refused(self, ids: Sequence[int]) -> set[int]:
        """Publications that the present model has refused, or not answered, for exactly the same question."""
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

    def _price(self, count: int, refused: Collection[int]) -> Price | None:
        """The price of these publications without the refused ones; None for a free tagger.

        Up to SAMPLE publications, each has its own estimate. Beyond that, a sample gives the likely cost, and the upper
        limit counts each as the longest call: a repair, which repeats its question.
        """
        if not isinstance(self._tagger, PaidModel):
            return None
        till = Till(self._session, self._tagger, "tags")
        sample = self._sample(count, refused)
        estimates = self._estimates(sample)
        guess = sum(estimates) / len(estimates) if estimates else None
        if len(sample) == count:
            return till.price(Counter(estimates).items(), guess, len(sample))
        return till.price([(self._tagger.estimate_repair(), count)], guess, len(sample))

    def _sample(self, count: int, refused: Collection[int]) -> Sequence[int]:
        """Up to SAMPLE of the changed publications, evenly over all."""
        wanted = self._wanted().order_by(None).subquery()
        number = func.row_number().over(order_by=wanted.c.id).label("number")
        changed = select(wanted.c.id, number).where(wanted.c.changed, wanted.c.id.not_in(refused)).subquery()
        every = max(1, -(-count // SAMPLE))
        query = select(changed.c.id).where((changed.c.number - 1) % every == 0).order_by(changed.c.id)
        return self._session.scalars(query).all()

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
