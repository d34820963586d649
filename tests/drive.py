"""Runs the pipeline in this process, without a broker: what a step returns is done next, the sweeper does the rest.

The same functions as the tasks call, over the same ports; who delivers the calls, how often and in which order is the
test's to choose.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from app import wiring
from app.adapters.answerer.checked import Checked
from app.adapters.answerer.extractive import Extractive
from app.db import transaction
from app.domain.alerts import Medium
from app.domain.flow import Call, FanOut, Key, Next, batches
from app.domain.kinds import State, Step
from app.exports.pages import ExportPages
from app.models import Channel, Work
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.sweep import sweep
from app.pipeline.steps.analyze import analyze_media
from app.pipeline.steps.ask import answer_questions
from app.pipeline.steps.backfill import Backfill
from app.pipeline.steps.collect import Collect
from app.pipeline.steps.deliver import deliver_notices
from app.pipeline.steps.download import download_media
from app.pipeline.steps.export import write_exports
from app.pipeline.steps.forget import erase
from app.pipeline.steps.index import index_publications
from app.pipeline.steps.merge import merge_vision
from app.pipeline.steps.persist import persist_publications
from app.pipeline.steps.poll import Poll, enqueue_polls
from app.pipeline.steps.tag import tag_publications
from app.pipeline.steps.thumbnail import make_thumbnails
from app.ports import (
    CheckedAnswerer,
    Embedder,
    MediaSource,
    MediaStore,
    Notifier,
    Tagger,
    TelegramSource,
    VisionProvider,
)
from app.queues import batch_of
from app.settings import get_settings

ACCOUNT = "test account"
Pick = Callable[[deque[Next]], Next]  # takes the next call out of those that wait


@dataclass
class Drive:
    """The pipeline with its ports."""

    source: TelegramSource
    media: MediaSource
    store: MediaStore
    tagger: Tagger
    vision: VisionProvider | None = None
    fallback: Sequence[VisionProvider] = ()  # behind `vision` in the chain
    previews: VisionProvider | None = None  # the reader of previews and stories
    embedder: Embedder | None = None
    answerer: CheckedAnswerer | None = None
    notifiers: Mapping[Medium, Notifier] = field(default_factory=dict)
    account: str = ACCOUNT
    calls: list[Call] = field(default_factory=list)  # every call that was done, in order

    def watch(self, *references: str) -> None:
        """Adds channels."""
        with transaction() as session:
            session.add_all(Channel(reference=reference) for reference in references)

    def poll(self, pick: Pick = deque.popleft) -> None:
        """One poll of every channel, and everything that follows from it."""
        with transaction() as session:
            nexts = enqueue_polls(session)
        self.follow(nexts, pick)

    def settle(self, seconds: float = 60.0) -> None:
        """Sweeps until nothing is due any more."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.follow(sweep())
            if not open_work():
                return
            time.sleep(0.05)
        raise AssertionError(f"still open: {open_work()}")

    def follow(self, nexts: Iterable[Next], pick: Pick = deque.popleft) -> None:
        """Does the calls and what comes of them; `pick` chooses which one is next."""
        waiting = deque(nexts)
        while waiting:
            item = pick(waiting)
            if isinstance(item, FanOut):
                waiting.extendleft([item.body, *reversed(item.headers)])
            else:
                waiting.extend(batches(self.do(item), lambda call: batch_of(call, get_settings())))

    def do(self, call: Call) -> Sequence[Next]:
        """One call, as its task does it."""
        self.calls.append(call)
        return self._steps()[call.step](call.keys, call.bulk)

    def _steps(self) -> dict[Step, Callable[[Sequence[Key], bool], list[Next]]]:
        return {
            Step.POLL: lambda keys, _: run_external(Poll(self.source, self.account), keys),
            Step.BACKFILL: lambda keys, _: run_external(Backfill(self.source, self.account), keys),
            Step.COLLECT: lambda keys, bulk: run_external(Collect(self.source, self.account, bulk=bulk), keys),
            Step.DOWNLOAD: lambda keys, bulk: download_media(self.media, self.account, keys, bulk=bulk),
            Step.PERSIST: lambda keys, bulk: persist_publications(
                self._chain(), keys, bulk=bulk, previews=self.previews
            ),
            Step.ANALYZE: self._analyze,
            Step.MERGE: lambda keys, bulk: merge_vision(keys, bulk=bulk),
            Step.TAG: lambda keys, bulk: tag_publications(self.tagger, keys, bulk=bulk),
            Step.INDEX: lambda keys, _: index_publications(self.embedder, keys),
            Step.THUMBNAIL: lambda keys, _: make_thumbnails(wiring.thumbnails(), self.store, keys),
            Step.DELIVER: lambda keys, _: deliver_notices(self.notifiers, keys),
            Step.FORGET: lambda keys, _: erase(wiring.archive(), wiring.thumbnails(), wiring.export_files(), keys),
            Step.ASK: lambda keys, _: answer_questions(self.answers(), keys),
            Step.EXPORT: lambda keys, _: write_exports(wiring.export_files(), ExportPages(), keys),
        }

    def answers(self) -> CheckedAnswerer:
        """The answerer of questions; by default the one without a model."""
        return self.answerer or Checked(Extractive(wiring.scorer(), self.embedder), self.embedder)

    def _analyze(self, keys: Sequence[Key], bulk: bool) -> list[Next]:
        return analyze_media(self._chain(), self.store, keys, bulk=bulk, previews=self.previews)

    def _chain(self) -> Sequence[VisionProvider]:
        return (self.vision, *self.fallback) if self.vision else ()


def open_work() -> list[str]:
    """Work that is due or leased, a line each."""
    with transaction() as session:
        query = select(Work).where(Work.state.in_([State.DUE, State.LEASED])).order_by(Work.id)
        return [f"{w.step} {w.subject_id}/{w.revision} {w.state}: {w.last_error}" for w in session.scalars(query)]
