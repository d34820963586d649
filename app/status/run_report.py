"""The report of a run: totals of the database, the rows that this run added, and the time that each stage took."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from app import db
from app.domain.kinds import State, Step
from app.models import (
    Channel,
    LeftOutMedia,
    MediaFile,
    MediaGroup,
    MediaVision,
    OutboxEvent,
    Post,
    PostEnrichment,
    Publication,
    Question,
    SearchDocument,
    TagChange,
    TokenLedger,
    Work,
)
from app.pipeline.engine.ledger import COUNTED, UNKNOWN
from app.status.unread import problems


@dataclass(frozen=True)
class Snapshot:
    """The counts of the database at one moment of its own clock."""

    at: datetime
    totals: dict[str, int]
    seconds: dict[Step, float]  # total of each step over all runs


@dataclass(frozen=True)
class Stage:
    """The time of one stage. seconds: sum over all workers; share: of the seconds of all stages, 0 to 1."""

    seconds: float
    share: float


@dataclass(frozen=True)
class ChannelState:
    """One watched channel."""

    reference: str
    title: str
    posts: int
    publications: int
    albums: int
    error: str | None


@dataclass(frozen=True)
class Paid:
    """Cost of paid models in a run. A call with an unknown outcome counts with its reserved tokens."""

    vision: int = 0  # tokens
    tags: int = 0
    vision_calls: int = 0  # charged, or possibly charged
    tag_calls: int = 0
    repairs: int = 0  # of all calls
    unknown: int = 0
    answers: int = 0  # tokens
    answer_calls: int = 0

    @property
    def tokens(self) -> int:
        """Tokens of pictures, tags and answers together."""
        return self.vision + self.tags + self.answers

    @property
    def calls(self) -> int:
        """Calls about pictures, tags and answers together."""
        return self.vision_calls + self.tag_calls + self.answer_calls


@dataclass(frozen=True)
class Report:
    """The report of `run` and `demo`. totals: rows in the database; delta: rows that the run added."""

    totals: dict[str, int]
    delta: dict[str, int]
    stages: dict[Step, Stage]
    channels: list[ChannelState]
    skipped: dict[str, int]  # reason -> rows
    waiting: dict[str, int]  # reason -> rows
    errors: dict[str, int]  # step and last error of dead and open work -> rows
    seconds: float
    idle: bool
    open: str = "idle"  # work that is left, in words
    problems: list[str] = field(default_factory=list)  # what could not be read, in words
    paid: Paid = field(default_factory=Paid)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def slowest(self) -> Step | None:
        """The stage that took the most seconds; None if none took any."""
        return max(self.stages, key=lambda step: self.stages[step].seconds, default=None)

    def as_json(self) -> dict[str, Any]:
        """JSON values, with totals at the top level, where other programs expect them."""
        stages = {step.value: {k: round(v, 3) for k, v in asdict(stage).items()} for step, stage in self.stages.items()}
        return {
            **self.totals,
            "seconds": round(self.seconds, 2),
            "idle": self.idle,
            "open": self.open,
            "problems": self.problems,
            "tokens": self.paid.tokens,
            "paid_calls": self.paid.calls,
            "paid": asdict(self.paid),
            "delta": self.delta,
            "stages": stages,
            "slowest_stage": self.slowest.value if self.slowest else None,
            "channels": [asdict(channel) for channel in self.channels],
            "skipped_by_reason": self.skipped,
            "waiting_by_reason": self.waiting,
            "errors": self.errors,
            **self.extra,
        }


def snapshot(session: Session) -> Snapshot:
    """Counts the rows now; a report compares two snapshots."""
    seconds = select(Work.step, func.sum(Work.seconds)).group_by(Work.step)
    return Snapshot(
        at=db.now(session),
        totals={name: int(session.scalar(query) or 0) for name, query in _counts().items()},
        seconds={Step(step): float(spent) for step, spent in session.execute(seconds)},
    )


def report(session: Session, before: Snapshot, seconds: float, *, idle: bool, open: str = "idle") -> Report:
    """The report of a run since `before`. seconds: wall-clock time of the run; open: work that is left, in words."""
    now = snapshot(session)
    return Report(
        totals=now.totals,
        delta=_delta(session, before, now),
        stages=_stages(before, now),
        channels=_channels(session),
        skipped=_reasons(session, State.SKIPPED),
        waiting=_reasons(session, State.WAITING),
        errors=_errors(session),
        seconds=seconds,
        idle=idle,
        open=open,
        problems=problems(session, before.at),
        paid=_paid(session, before),
    )


def _paid(session: Session, before: Snapshot) -> Paid:
    """Sums the calls that began since `before`, without those known to be free (a 429, a wrong key)."""
    charged = TokenLedger.outcome.is_distinct_from("free")
    vision, tags, answers = (TokenLedger.purpose == purpose for purpose in ("vision", "tags", "ask"))
    tokens = func.sum(COUNTED)
    query = select(
        func.coalesce(tokens.filter(vision), 0),
        func.coalesce(tokens.filter(tags), 0),
        func.count().filter(vision),
        func.count().filter(tags),
        func.count().filter(TokenLedger.repair),
        func.count().filter(TokenLedger.outcome.in_([UNKNOWN, "waived"])),
        func.coalesce(tokens.filter(answers), 0),
        func.count().filter(answers),
    )
    return Paid(*map(int, session.execute(query.where(TokenLedger.created_at >= before.at, charged)).one()))


def _count(model: type[Any], *conditions: SQLColumnExpression[bool]) -> Select[int]:
    return select(func.count()).select_from(model).where(*conditions)


def _counts() -> dict[str, Select[int]]:
    return {
        "posts": _count(Post),
        "publications": _count(Publication),
        "albums": _count(MediaGroup),
        "media_files": _count(MediaFile),
        "media_bytes": select(func.coalesce(func.sum(MediaFile.size), 0)),
        "analyzed": _count(MediaVision, MediaVision.reading.is_not(None)),
        "tagged": _count(PostEnrichment, PostEnrichment.kind == "tags"),
        "retagged": _count(TagChange, TagChange.trigger != "initial", TagChange.called_tagger),
        "indexed": _count(SearchDocument),
        "questions": _count(Question),
        "unknown": _count(Work, Work.state == State.UNKNOWN),
        "dead": _count(Work, Work.state == State.DEAD),
        "waiting": _count(Work, Work.state == State.WAITING),
        "skipped": _count(Work, Work.state == State.SKIPPED),
        "unparsed": _count(Post, Post.status == "unparsed"),
        "damaged": _count(MediaFile, MediaFile.damaged.is_not(None)),
        "edited": _count(Post, Post.edited_at.is_not(None)),
        "deleted": _count(Post, Post.deleted_at.is_not(None)),
        "downloads": _count(Work, Work.step == Step.DOWNLOAD, Work.state == State.DONE, Work.seconds > 0),
        "left_out": _count(LeftOutMedia),
        "left_out_bytes": select(func.coalesce(func.sum(LeftOutMedia.bytes), 0)),
        "tag_changes": _count(TagChange),
        "events": _count(OutboxEvent),
    }


def _delta(session: Session, before: Snapshot, now: Snapshot) -> dict[str, int]:
    """Counts what this run added: after a finished run, all but `polls` are 0."""
    grown = {name: now.totals[name] - before.totals[name] for name in now.totals}
    tagger = _count(TagChange, TagChange.called_tagger, TagChange.at >= before.at)
    initial = tagger.where(TagChange.trigger == "initial")
    performed = _count(Work, Work.step == Step.DOWNLOAD, Work.seconds > 0, Work.updated_at >= before.at)
    indexed = _count(SearchDocument, SearchDocument.indexed_at >= before.at)
    names = ("posts", "publications", "albums", "media_files", "media_bytes", "tag_changes", "events")
    return {
        **{name: grown[name] for name in names},
        "downloaded": session.scalar(performed) or 0,
        "analyzed": grown["analyzed"],
        "tagged": session.scalar(initial) or 0,
        "retagged": (session.scalar(tagger) or 0) - (session.scalar(initial) or 0),
        "indexed": session.scalar(indexed) or 0,
        "polls": session.scalar(_count(Channel, Channel.last_success_at >= before.at)) or 0,
    }


def _stages(before: Snapshot, now: Snapshot) -> dict[Step, Stage]:
    spent = {step: max(0.0, now.seconds.get(step, 0.0) - before.seconds.get(step, 0.0)) for step in Step}
    total = sum(spent.values())
    return {step: Stage(seconds, seconds / total) for step, seconds in spent.items() if seconds > 0}


def _channels(session: Session) -> list[ChannelState]:
    posts = _by_channel(session, Post)
    publications = _by_channel(session, Publication)
    albums = _by_channel(session, MediaGroup)
    channels = session.scalars(select(Channel).where(Channel.enabled).order_by(Channel.id))
    return [
        ChannelState(c.reference, c.title, posts[c.id], publications[c.id], albums[c.id], c.last_error)
        for c in channels
    ]


def _by_channel(session: Session, model: type[Post | Publication | MediaGroup]) -> Counter[int]:
    rows = session.execute(select(model.channel_id, func.count()).group_by(model.channel_id))
    return Counter(dict(rows.all()))


def _reasons(session: Session, state: State) -> dict[str, int]:
    rows = session.execute(select(Work.reason, func.count()).where(Work.state == state).group_by(Work.reason))
    return {reason or "no reason given": count for reason, count in rows}


def _errors(session: Session) -> dict[str, int]:
    """The errors of dead work and of work that is still open, each with its number of rows."""
    error = func.concat(Work.step, ": ", func.coalesce(Work.last_error, Work.reason))
    open_ = Work.state.in_([State.DUE, State.LEASED]) & Work.last_error.is_not(None)
    rows = session.execute(select(error, func.count()).where((Work.state == State.DEAD) | open_).group_by(error))
    return dict(rows.all())
