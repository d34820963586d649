"""Subjects that a `reanalyze` or `retag` leaves as they are, such as open work of an earlier run; stops such a run."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Case, ColumnElement, Label, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.kinds import REPROCESS, State, Step
from app.models import PostEnrichment, Publication, Work
from app.pipeline.engine import reschedule
from app.pipeline.engine.work import STOPPED

BATCH = 500  # rows in one transaction
WANTED, OPEN, FLOW, UNKNOWN, LEFT = "wanted", "open", "flow", "unknown", "left"
AT_WORK = (State.DUE, State.LEASED, State.WAITING)


@dataclass(frozen=True)
class SkippedSubjects:
    """Subjects of the choice that are left as they are."""

    open: int = 0  # requested by an earlier run, not done yet
    flow: int = 0  # open work of the flow itself, requested by no run
    unknown: int = 0  # perhaps paid: only `dead retry --unknown` repeats the call
    left: int = 0  # done, or declined by rule


def row_class() -> Case[str]:
    """The class (field of SkippedSubjects) of a row of work that the run leaves as it is."""
    return case(
        (Work.state == State.UNKNOWN, UNKNOWN),
        (Work.state.in_(AT_WORK) & (Work.asked == REPROCESS), OPEN),
        (Work.state.in_(AT_WORK), FLOW),
        else_=LEFT,
    )


def to_be_done(again: ColumnElement[bool]) -> ColumnElement[bool]:
    """Matches subjects without a row of work, or with a row that becomes due again."""
    return or_(Work.id.is_(None), again)


def class_of(again: ColumnElement[bool]) -> Label[str]:
    """The class of a subject, `wanted` included, as `kind`. again: see `to_be_done`."""
    return case((to_be_done(again), WANTED), else_=row_class()).label("kind")


def skipped_subjects(session: Session, subjects: Select[int], again: ColumnElement[bool]) -> SkippedSubjects:
    """Counts subjects by class. subjects: those of the choice, outer-joined to their work. again: see `to_be_done`."""
    kind = class_of(again)
    found: dict[str, int] = dict(session.execute(subjects.with_only_columns(kind, func.count()).group_by(kind)).all())
    return SkippedSubjects(**{kind: count for kind, count in found.items() if kind != WANTED})


def still_open(session: Session, step: Step, most: int) -> dict[str, int]:
    """Counts requested rows in each state that is not final, up to `most`; one more stands for all further ones."""
    asked = (Work.step == step) & (Work.asked == REPROCESS)
    found: dict[str, int] = {}
    for state in AT_WORK:  # one query a state, as a literal: each has a partial index
        one = Work.state == literal(state.value, literal_execute=True)
        bounded = select(Work.id).where(asked, one).limit(most + 1).subquery()
        found[state.value] = session.scalar(select(func.count()).select_from(bounded)) or 0
    return {state: count for state, count in found.items() if count}


def stop(session: Session, step: Step) -> tuple[int, int]:
    """Ends requested work that is due or waiting, up to BATCH rows of each state.

    Returns (rows that ended, rows of tags that the flow itself needs and that go on without the user); (0, 0): no row
    is left.
    """
    kept = _leave_to_the_flow(session) if step is Step.TAG else 0
    if kept == BATCH:
        return 0, kept
    states = (State.DUE, State.WAITING)
    return sum(reschedule.stop(session, step, state, REPROCESS, STOPPED, BATCH) for state in states), kept


def _leave_to_the_flow(session: Session) -> int:
    """Keeps tagging due for publications with a reading newer than their tags, BATCH at most; returns their number."""
    vision, tags = aliased(PostEnrichment), aliased(PostEnrichment)
    read, made = (
        [one.data[name].astext for name in names]
        for one, names in ((vision, ("vision_version", "features_hash")), (tags, ("tags_version", "features_hash")))
    )
    news = (
        select(Work.id)
        .join(Publication, Publication.id == Work.subject_id)
        .join(vision, (vision.post_id == Publication.lead_post_id) & (vision.kind == "vision"))
        .outerjoin(tags, (tags.post_id == Publication.lead_post_id) & (tags.kind == "tags"))
        .where(Work.step == Step.TAG, Work.asked == REPROCESS, Work.state.in_([State.DUE, State.WAITING]))
        .where(read[0].is_distinct_from(made[0]) | read[1].is_distinct_from(made[1]))
    )
    return reschedule.unask(session, news.order_by(Work.id).limit(BATCH))
