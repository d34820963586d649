"""Work that is under way while its subject is forgotten: whatever it brings afterwards is gone as well."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from app import wiring
from app.db import transaction
from app.demo.world import File
from app.domain.flow import Call
from app.domain.kinds import Step
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.steps.ask import Ask
from app.pipeline.steps.backfill import Backfill
from app.pipeline.steps.collect import Collect
from app.pipeline.steps.download import Download
from app.pipeline.steps.index import Index
from app.pipeline.steps.poll import Poll, enqueue_polls
from app.pipeline.steps.read_file import ReadFile
from app.pipeline.steps.tag import Tag
from app.pipeline.steps.thumbnail import MakeThumbnails
from app.pipeline.vision.provider_chain import Chain
from tests.drive import ACCOUNT
from tests.factories.messages import album, message, now, photo, sha256
from tests.integration.pipeline.asking import put
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow, elsewhere
from tests.integration.pipeline.forgetting import begun, left
from tests.integration.pipeline.verifying import place, wrong
from tests.traces_left import in_database

WORD, SEEN = "квартозавр", "zylophone"
TEXT = f"В музее открыли зал, где стоит {WORD} высотой 12 метров."
AnyStep = ExternalStep[Any, Any]


def held_up(flow: Flow, step: Step) -> tuple[int, int]:
    """Everything but this step is done; the key of its newest row, which is due."""
    do = flow.drive.do
    flow.drive.do = lambda call: [] if call.step is step else do(call)  # type: ignore[method-assign]
    flow.drive.poll()
    flow.drive.do = do  # type: ignore[method-assign]
    change("UPDATE work SET next_attempt_at = now() WHERE state = 'due'")
    [*_, (subject, revision, state, _)] = work(step)
    assert state == "due"
    return subject, revision


def reader(flow: Flow) -> AnyStep:
    assert flow.drive.vision is not None
    with transaction() as session:
        chain = Chain(session, [flow.drive.vision])
    return ReadFile(chain.primary, flow.drive.vision, chain, flow.drive.store, bulk=False)


STEPS: dict[Step, Callable[[Flow], AnyStep]] = {
    Step.POLL: lambda flow: Poll(flow.drive.source, ACCOUNT),
    Step.BACKFILL: lambda flow: Backfill(flow.drive.source, ACCOUNT),
    Step.COLLECT: lambda flow: Collect(flow.drive.source, ACCOUNT, bulk=False),
    Step.DOWNLOAD: lambda flow: Download(flow.drive.media, ACCOUNT),
    Step.ANALYZE: reader,
    Step.THUMBNAIL: lambda flow: MakeThumbnails(wiring.thumbnails(), flow.drive.store),
    Step.TAG: lambda flow: Tag(flow.drive.tagger, bulk=False),
    Step.INDEX: lambda flow: Index(None),
}


def performed_then(step: AnyStep, key: tuple[int, int], act: Callable[[], object]) -> None:
    """The step does its work outside; then another process acts, and then the step stores its result."""
    perform = step.perform

    def then(inputs: Sequence[Any]) -> Sequence[Any]:
        found = perform(inputs)
        elsewhere(act)
        return found

    step.perform = then  # type: ignore[method-assign]
    run_external(step, [key])


def forgotten_late(flow: Flow) -> None:
    """The step has erased, and looked for late files when each lease has ended."""
    tombstone = one("SELECT max(id) FROM tombstones WHERE belongs_to IS NULL")
    flow.drive.follow([Call(Step.FORGET, ((tombstone, 0),))])
    change("UPDATE forgetting SET late_until = now() - interval '1 hour', began_at = now() - interval '1 hour'")
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE step = 'forget' AND state = 'due'")
    flow.drive.settle()
    assert one("SELECT count(*) FROM tombstones WHERE erased_at IS NULL AND belongs_to IS NULL") == 0
    assert rows("SELECT * FROM forgetting") == rows("SELECT * FROM forgetting_files") == []


@pytest.mark.parametrize("step", [Step.POLL, Step.DOWNLOAD, Step.THUMBNAIL, Step.TAG])
def test_a_result_that_comes_late_brings_nothing_back(step: Step, flow: Flow) -> None:
    picture = photo("a hall", SEEN)
    flow.post(message(1, "Мост"))
    flow.watch()
    flow.post(message(2, TEXT, picture))
    if step is Step.POLL:
        flow.run()
        with transaction() as session:
            enqueue_polls(session)
        key = (1, 0)
    else:
        key = held_up(flow, step)
    performed_then(STEPS[step](flow), key, lambda: begun("@news/2"))
    forgotten_late(flow)
    assert left(WORD, SEEN, sha256(picture)) == []
    assert wrong(flow, repair=True, telegram=True) == {}


@pytest.mark.parametrize("step", [Step.DOWNLOAD, Step.ANALYZE, Step.INDEX])
def test_a_forgotten_file_does_not_come_back_by_work_under_way(step: Step, flow: Flow) -> None:
    picture = photo("a hall", SEEN)
    flow.post(message(1, "Мост", picture if step is Step.DOWNLOAD else None))
    flow.watch()
    again = photo(data=picture.read()) if step is Step.DOWNLOAD else picture  # under another number
    flow.post(message(2, "Зал", again))
    key = held_up(flow, step)
    performed_then(STEPS[step](flow), key, lambda: begun(sha256(picture)))
    forgotten_late(flow)
    assert left(SEEN, sha256(picture)) == []
    assert one("SELECT count(*) FROM search_documents") == 2
    assert wrong(flow, repair=True, telegram=True) == {}


def test_an_item_that_an_album_looks_for_stays_forgotten(flow: Flow) -> None:
    flow.post(message(1, "Мост"))
    flow.watch()
    flow.post(*album(range(2, 5), 77, {3: TEXT}, date=now()))
    key = held_up(flow, Step.COLLECT)
    performed_then(STEPS[Step.COLLECT](flow), key, lambda: begun("@news/3"))
    forgotten_late(flow)
    assert left(WORD) == []
    assert one("SELECT items_count FROM media_groups") == 2


def test_an_answer_that_comes_late_does_not_say_it(flow: Flow) -> None:
    flow.post(message(1, TEXT), message(2, "Музей открыт до шести вечера."))
    flow.watch()
    placed = put(flow.drive, "Где открыли зал?")
    assert in_database(WORD)
    performed_then(Ask(flow.drive.answers()), (placed.id, 0), lambda: begun("@news/1"))
    forgotten_late(flow)
    assert left(WORD) == []
    assert one("SELECT forgotten > 0 FROM questions")


def test_a_killed_download_leaves_no_file(flow: Flow) -> None:
    """It has stored the bytes, and dies before it says so; its lease is open while the post is forgotten."""
    picture: File = photo("a hall", SEEN)
    flow.post(message(1, "Мост"))
    flow.watch()
    flow.post(message(2, TEXT, picture))
    key = held_up(flow, Step.DOWNLOAD)

    def killed() -> None:
        begun("@news/2")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        performed_then(STEPS[Step.DOWNLOAD](flow), key, killed)
    then = time.time() - 3600 - 60  # as if all of it had been an hour ago
    os.utime(place(sha256(picture)), (then, then))
    os.utime(place(sha256(picture)).parent, (then, then))
    forgotten_late(flow)
    assert left(WORD, SEEN, sha256(picture)) == []
