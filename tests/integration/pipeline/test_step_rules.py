"""The rules of the runner, kept by every step there is: each is run for real, and disturbed in the middle of its work.

A step that is added and has no case here fails the first test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import get_ident
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import db, wiring
from app.adapters.answerer.checked import CheckedModel
from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.domain.export.plan import Format
from app.domain.flow import Call, Key, Next
from app.domain.kinds import State, Step
from app.domain.steps import STEPS
from app.errors import MediaAuditError, Permanent
from app.exports.acts import make
from app.exports.pages import ExportPages
from app.models import Base, Publication
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.paid_step import PaidStep
from app.pipeline.engine.work import Claim
from app.pipeline.steps.analyze import analyze_media
from app.pipeline.steps.ask import Ask, PaidAnswer
from app.pipeline.steps.backfill import Backfill
from app.pipeline.steps.collect import Collect
from app.pipeline.steps.deliver import Deliver
from app.pipeline.steps.download import Download
from app.pipeline.steps.export import WriteExport
from app.pipeline.steps.forget import Forget
from app.pipeline.steps.index import Index
from app.pipeline.steps.merge import merge_vision
from app.pipeline.steps.near_duplicates import NearDuplicateCheck
from app.pipeline.steps.paid_reading import PaidReading
from app.pipeline.steps.persist import persist_publications
from app.pipeline.steps.poll import Poll, enqueue_polls
from app.pipeline.steps.read_file import ReadFile
from app.pipeline.steps.tag import PaidTags, Tag
from app.pipeline.steps.thumbnail import MakeThumbnails
from app.pipeline.vision.provider_chain import Chain
from app.settings import get_settings
from tests.drive import ACCOUNT
from tests.factories.alerts import Receiver, alert
from tests.factories.messages import album, message, now, photo, texts
from tests.factories.worlds import CITY
from tests.integration.pipeline.asking import put
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import PictureReader, checked_out, elsewhere
from tests.integration.pipeline.forgetting import begun
from tests.integration.pipeline.paid import Bought, paying
from tests.steps import billables, database_steps, outside_steps

AnyStep = ExternalStep[Any, Any]
# What a paid call leaves behind whatever becomes of its lease: it was paid for.
BOUGHT = {"raw_answers", "token_ledger", "paid_providers"}


class Vectors:
    """An embedder that measures lengths."""

    name, dimensions = "lengths", 2

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each."""
        return [[1.0, float(len(one))] for one in texts]


# Worlds: up to the point where one step is due and has not run


def up_to(bill: Bought, step: Step) -> Key:
    """Messages of this step are lost; the key of the row that is due."""
    drive = bill.flow.drive
    do = drive.do
    drive.do = lambda call: [] if call.step is step else do(call)  # type: ignore[method-assign]
    drive.poll()
    drive.do = do  # type: ignore[method-assign]
    return due(step)


def due(step: Step) -> Key:
    """The key of the step's newest row, which is due now."""
    change("UPDATE work SET next_attempt_at = now() WHERE state = 'due'")
    [*_, (subject, revision, state, _)] = work(step)
    assert state == "due"
    return subject, revision


def polled(bill: Bought) -> Key:
    bill.flow.post(message(1, "Something new"))
    with transaction() as session:
        enqueue_polls(session)
    return due(Step.POLL)


def forgotten(bill: Bought) -> Key:
    key = pictured(bill, Step.PERSIST)
    begun(f"@news/{one('SELECT max(telegram_message_id) FROM posts')}")
    return due(Step.FORGET) if key else key


def history(bill: Bought) -> Key:
    bill.flow.post(*texts(range(1, 4)), channel=CITY)
    bill.flow.drive.watch("@city")
    return up_to(bill, Step.BACKFILL)


def growing(bill: Bought) -> Key:
    bill.flow.post(*album(range(1, 4), 5, date=now()))
    return up_to(bill, Step.COLLECT)


def pictured(bill: Bought, step: Step) -> Key:
    bill.flow.drive.vision = PictureReader()
    bill.flow.drive.embedder = Vectors()
    bill.flow.post(*album(range(1, 3), 5, {1: "A cat sits in a tree"}), message(9, "A dog", photo("dog")))
    return up_to(bill, step)


def for_sale(bill: Bought) -> Key:
    bill.flow.post(message(1, "A dog", photo("dog")))
    return up_to(bill, Step.ANALYZE)


def tags_for_sale(bill: Bought) -> Key:
    bill.tag_with("openai")
    bill.flow.drive.vision = None
    bill.flow.post(message(1, "A long text about the bridges of the old town"))
    return up_to(bill, Step.TAG)


def asked(bill: Bought) -> Key:
    bill.flow.post(message(1, "The ferry leaves at 10:30 from the third pier."))
    bill.flow.run()
    return put(bill.flow.drive, "When does the ferry leave?").id, 0


def told(bill: Bought) -> Key:
    alert("ferry")
    bill.flow.post(message(1, "The ferry leaves", date=now()))
    return up_to(bill, Step.DELIVER)


def exported(bill: Bought) -> Key:
    bill.flow.post(message(1, "The ferry leaves at 10:30.", photo("dog")))
    bill.flow.run()
    with transaction() as session:
        return make(session, Actor("anna", Via.PAGE), "ferry", formats=list(Format)).id, 0


def question_for_sale(bill: Bought) -> Key:
    bill.ask_with("openai")
    return asked(bill)


def paid_answer(bill: Bought) -> AnyStep:
    answerer = bill.flow.drive.answerer
    assert isinstance(answerer, CheckedModel)
    return PaidStep(PaidAnswer(Ask(answerer)), answerer, get_settings().question_limits("openai"), 5.0)


def reader(bill: Bought) -> ReadFile:
    """The step that reads with whoever is connected."""
    vision = bill.flow.drive.vision
    assert vision is not None
    with transaction() as session:
        chain = Chain(session, [vision])
    return ReadFile(chain.primary, vision, chain, bill.flow.drive.store, bulk=False)


def paid_tags(bill: Bought) -> AnyStep:
    return PaidStep(PaidTags(Tag(bill.taggers[-1], bulk=False)), bill.taggers[-1], get_settings().limits("openai"), 5.0)


@dataclass(frozen=True)
class Case:
    """How a step is made due, and the step as its task makes it."""

    due: Callable[[Bought], Key]
    made: Callable[[Bought], AnyStep]
    keeps: frozenset[str] = field(default_factory=frozenset)  # tables that a late result may still write
    buys: type[Any] | None = None  # how its work is paid for


OUTSIDE: dict[str, tuple[type[AnyStep], Case]] = {
    "poll": (Poll, Case(polled, lambda bill: Poll(bill.flow.drive.source, ACCOUNT))),
    "backfill": (Backfill, Case(history, lambda bill: Backfill(bill.flow.drive.source, ACCOUNT))),
    "collect": (Collect, Case(growing, lambda bill: Collect(bill.flow.drive.source, ACCOUNT, bulk=False))),
    "download": (
        Download,
        Case(partial(pictured, step=Step.DOWNLOAD), lambda bill: Download(bill.flow.drive.media, ACCOUNT)),
    ),
    "analyze": (ReadFile, Case(partial(pictured, step=Step.ANALYZE), reader)),
    "thumbnail": (
        MakeThumbnails,
        Case(
            partial(pictured, step=Step.THUMBNAIL),
            lambda bill: MakeThumbnails(wiring.thumbnails(), bill.flow.drive.store),
        ),
    ),
    "look": (NearDuplicateCheck, Case(for_sale, lambda bill: NearDuplicateCheck(reader(bill), bill.open[-1], 8))),
    "analyze, paid": (PaidStep, Case(for_sale, paying, frozenset(BOUGHT), PaidReading)),
    "tag": (Tag, Case(partial(pictured, step=Step.TAG), lambda bill: Tag(bill.flow.drive.tagger, bulk=False))),
    "tag, paid": (PaidStep, Case(tags_for_sale, paid_tags, frozenset(BOUGHT), PaidTags)),
    "deliver": (Deliver, Case(told, lambda bill: Deliver(Receiver().media()))),
    "ask": (Ask, Case(asked, lambda bill: Ask(bill.flow.drive.answers()))),
    "ask, paid": (PaidStep, Case(question_for_sale, paid_answer, frozenset(BOUGHT), PaidAnswer)),
    "export": (WriteExport, Case(exported, lambda bill: WriteExport(wiring.export_files(), ExportPages()))),
    "forget": (
        Forget,
        Case(forgotten, lambda bill: Forget(wiring.archive(), wiring.thumbnails(), wiring.export_files())),
    ),
    "index": (Index, Case(partial(pictured, step=Step.INDEX), lambda bill: Index(bill.flow.drive.embedder))),
}


def eraser() -> Forget:
    return Forget(wiring.archive(), wiring.thumbnails(), wiring.export_files())


Database = Callable[[Bought, Sequence[Key]], Sequence[Next]]
DATABASE: dict[str, tuple[Callable[[Bought], Key], Database]] = {
    "persist.persist_publications:body": (
        partial(pictured, step=Step.PERSIST),
        lambda bill, keys: persist_publications([], keys, bulk=False),
    ),
    "merge.merge_vision:body": (
        partial(pictured, step=Step.MERGE),
        lambda bill, keys: merge_vision(keys, bulk=False),
    ),
    "analyze.analyze_media:_wait": (
        partial(pictured, step=Step.ANALYZE),
        lambda bill, keys: analyze_media([], bill.flow.drive.store, keys, bulk=False),
    ),
    "analyze._read:_anew": (
        partial(pictured, step=Step.ANALYZE),
        lambda bill, keys: analyze_media([PictureReader("newer")], bill.flow.drive.store, keys, bulk=False),
    ),
}
# Steps whose subject has no revision: nothing that happens meanwhile makes their result wrong.
TIMELESS = {
    Step.POLL: "writes what Telegram says, under the channel's lock",
    Step.BACKFILL: "as poll",
    Step.DOWNLOAD: "the bytes of a Telegram file are what they are; a medium that was replaced keeps its row",
    Step.ANALYZE: "(file, recipe) says it all",
    Step.THUMBNAIL: "bytes never change under their hash",
    Step.DELIVER: "a notice stands with the revision that it read; an edit is a hit of its own",
    Step.EXPORT: "a part has the revisions that it read, and says so",
    Step.FORGET: "a tombstone is for good; each portion looks for the rows that are left",
    Step.ASK: "spans are written with the question; finish compares them with their posts",
}


def test_every_step_has_a_case() -> None:
    assert {kind for kind, _ in OUTSIDE.values()} == outside_steps()
    assert {case.buys for _, case in OUTSIDE.values()} - {None} == billables()
    assert DATABASE.keys() == database_steps().keys()
    assert {*STEPS.revised, *TIMELESS} == set(Step)


# The checkers


def dump() -> dict[str, list[str]]:
    """Every row of every table."""
    with transaction() as session:
        tables = [table.name for table in Base.metadata.sorted_tables]
        return {name: sorted(session.scalars(text(f"SELECT t::text FROM {name} t"))) for name in tables}


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """Rows that are there and were not, by table."""
    news = {name: [row for row in after[name] if row not in before[name]] for name in after}
    return {name: found for name, found in news.items() if found or len(after[name]) != len(before[name])}


# A row of work that ends is counted.
ENDED = {"work", "counter_deltas"}
Between = Callable[[], object]
Inputs = Sequence[Any]


def disturbed(step: AnyStep, between: Between, results: Callable[[Inputs], Sequence[Any]] | None = None) -> None:
    """Another process does something while this step is at work. results: of the work, instead of its own."""
    perform = results or step.perform

    def then(inputs: Inputs) -> Sequence[Any]:
        elsewhere(between)
        return perform(inputs)

    step.perform = then  # type: ignore[method-assign]


def connections_while_at_work(step: AnyStep, key: Key) -> list[int]:
    """Connections of the pool in use when the work begins, and all that are taken until it ends."""
    seen: list[int] = []
    perform = step.perform

    def watched(inputs: Inputs) -> Sequence[Any]:
        seen.append(checked_out())
        with taken() as more:
            found = perform(inputs)
        seen.append(checked_out() + len(more))
        return found

    step.perform = watched  # type: ignore[method-assign]
    run_external(step, [key])
    return seen


@contextmanager
def taken() -> Iterator[list[object]]:
    """The connections that are taken out of the pool in the block, by whatever thread."""
    found: list[object] = []

    def note(_: object, record: object, __: object) -> None:
        found.append(record)

    event.listen(db.engine(), "checkout", note)
    try:
        yield found
    finally:
        event.remove(db.engine(), "checkout", note)


def left_by_a_late_result(
    step: AnyStep, key: Key, results: Callable[[Inputs], Sequence[Any]] | None = None
) -> tuple[dict[str, list[str]], list[Next]]:
    """(rows that a result changes whose lease was taken over while it was made, what it says comes next)."""
    before: list[dict[str, list[str]]] = []

    def taken_over() -> None:
        change("UPDATE work SET lease_token = gen_random_uuid() WHERE state = 'leased'")
        before.append(dump())

    disturbed(step, taken_over, results)
    nexts = run_external(step, [key])
    [then] = before
    return changed(then, dump()), nexts


def left_by_an_old_revision(step: AnyStep, key: Key) -> tuple[dict[str, list[str]], list[Next]]:
    """(rows that a result changes whose publication has moved on, though the lease is still held; what comes next)."""
    before: list[dict[str, list[str]]] = []

    def moved_on() -> None:
        change(f"UPDATE publications SET revision = revision + 1 WHERE id = {key[0]}")
        before.append(dump())

    disturbed(step, moved_on)
    nexts = run_external(step, [key])
    [then] = before
    return changed(then, dump()), nexts


def row(step: Step, key: Key) -> tuple[str, str | None]:
    """(state, reason) of a row of work."""
    query = "SELECT state, reason FROM work WHERE step = :step AND subject_id = :subject AND revision = :revision"
    [(state, reason)] = rows(query, step=step.value, subject=key[0], revision=key[1])
    return state, reason


# Steps with outside work


@pytest.fixture(params=list(OUTSIDE.values()), ids=list(OUTSIDE))
def case(request: pytest.FixtureRequest) -> Case:
    """Each step in turn."""
    found: Case = request.param[1]
    return found


def test_no_connection_is_held_while_a_step_works_outside(bill: Bought, case: Case) -> None:
    key = case.due(bill)
    step = case.made(bill)
    assert connections_while_at_work(step, key) == [0, 0]
    assert row(step.step, key)[0] != "leased", "it ran to its end"


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_a_lease_that_was_taken_over_leaves_no_trace_of_the_old_result(bill: Bought, case: Case, ends: str) -> None:
    key = case.due(bill)
    step = case.made(bill)
    bad: list[MediaAuditError] = [Permanent("it ended badly")]
    found, nexts = left_by_a_late_result(step, key, None if ends == "well" else lambda _: bad)
    assert found.keys() <= case.keeps
    assert nexts == []
    assert row(step.step, key)[0] == "leased", "it is somebody else's"


REVISED_CASES = {
    name: case for name, (_, case) in OUTSIDE.items() if name.split(",")[0] in [s.value for s in STEPS.revised]
}


@pytest.mark.parametrize("case", REVISED_CASES.values(), ids=REVISED_CASES.keys())
def test_a_publication_that_moved_on_drops_the_result(bill: Bought, case: Case) -> None:
    """Even where nobody took the lease away, as every change of a revision does."""
    key = case.due(bill)
    step = case.made(bill)
    found, nexts = left_by_an_old_revision(step, key)
    assert found.keys() <= {*ENDED, *case.keeps}
    assert [call for call in nexts if isinstance(call, Call) and call.keys] == []
    assert len(found["work"]) == 1, "nothing else became due"
    run_external(step, [key])  # a paid answer is on the shelf by now, and of no use
    assert row(step.step, key) == ("skipped", "superseded")


# Steps that are one transaction


@pytest.fixture(params=list(DATABASE.values()), ids=list(DATABASE))
def together(request: pytest.FixtureRequest) -> tuple[Callable[[Bought], Key], Database]:
    """Each of them in turn."""
    found: tuple[Callable[[Bought], Key], Database] = request.param
    return found


def seen_at_commit(run: Callable[[], object], step: Step, key: Key) -> list[tuple[bool, bool]]:
    """For each commit of a run: (is the row of work locked against others, do they see the work as it was)."""
    before = dump()["work"]
    ours = get_ident()
    seen: list[tuple[bool, bool]] = []

    def look() -> None:
        seen.append((_is_locked(step, key), dump()["work"] == before))

    def committing(_: object) -> None:
        if get_ident() == ours:
            elsewhere(look)

    event.listen(db.engine(), "commit", committing)
    try:
        run()
    finally:
        event.remove(db.engine(), "commit", committing)
    return seen


def _is_locked(step: Step, key: Key) -> bool:
    query = "SELECT 1 FROM work WHERE step = :step AND subject_id = :subject AND revision = :revision FOR UPDATE NOWAIT"
    try:
        return not rows(query, step=step.value, subject=key[0], revision=key[1])
    except OperationalError:
        return True


def test_a_database_step_is_one_transaction(
    bill: Bought, together: tuple[Callable[[Bought], Key], Database], request: pytest.FixtureRequest
) -> None:
    """Nobody sees it leased, nobody can take it over, and nothing of it is there before all of it is."""
    step = database_steps()[request.node.callspec.id]
    key = together[0](bill)
    seen = seen_at_commit(lambda: together[1](bill, [key]), step, key)
    assert [as_it_was for locked, as_it_was in seen if locked] == [True]
    assert row(step, key)[0] in ("done", "skipped", "waiting", "due")
    assert row(step, key) != ("due", None), "it ran"


@pytest.mark.parametrize("name", ["persist.persist_publications:body", "merge.merge_vision:body"])
def test_a_fan_in_for_an_older_revision_changes_nothing(bill: Bought, name: str) -> None:
    prepare, run = DATABASE[name]
    key = prepare(bill)
    change(f"UPDATE publications SET revision = revision + 1 WHERE id = {key[0]}")
    before = dump()
    assert [call for call in run(bill, [key]) if isinstance(call, Call) and call.keys] == []
    found = changed(before, dump())
    assert found.keys() == ENDED
    assert len(found["work"]) == 1
    assert row(database_steps()[name], key) == ("skipped", "superseded")


def test_a_publication_cannot_move_on_under_a_fan_in(bill: Bought) -> None:
    """It is locked from before its revision is read until the result is committed."""
    key = pictured(bill, Step.MERGE)
    tried: list[str] = []

    def edit() -> None:
        try:
            change(f"SET LOCAL lock_timeout = 200; UPDATE publications SET revision = 2 WHERE id = {key[0]}")
        except OperationalError as error:
            tried.append(type(error.orig).__name__)

    ours = get_ident()
    event.listen(db.engine(), "commit", lambda _: elsewhere(edit) if get_ident() == ours and not tried else None)
    merge_vision([key], bulk=False)
    assert tried == ["LockNotAvailable"]
    assert row(Step.MERGE, key)[0] == "done"


# The checkers find who breaks a rule


class Bad(Tag):
    """A tagging step with a fault."""

    fault = ""
    held: Session | None = None

    def perform(self, inputs: Sequence[Any]) -> Any:
        """Does something that it may not do."""
        if self.fault == "session":
            with transaction() as session:
                session.execute(text("SELECT 1"))
        if self.fault == "connection":
            db.engine().connect()
        if self.fault == "thread":
            elsewhere(lambda: rows("SELECT 1"))
        return super().perform(inputs)

    def dropped(self, session: Session, held: Claim, given: Any, result: Any) -> None:
        """Writes what it must not."""
        if self.fault == "late":
            session.get_one(Publication, held.subject_id).text = "too late"

    def finish_all(self, session: Session, done: Any) -> list[Outcome]:
        """Forgets to look at the revision."""
        if self.fault == "revision":
            session.get_one(Publication, done[0].held.subject_id).text = "of an older revision"
            return [Outcome() for _ in done]
        return super().finish_all(session, done)


@pytest.fixture
def bad(bill: Bought) -> Callable[[str], tuple[Bad, Key]]:
    """The step with one of its faults, and a key that is due."""

    def make(fault: str) -> tuple[Bad, Key]:
        key = pictured(bill, Step.TAG)
        step = Bad(bill.flow.drive.tagger, bulk=False)
        step.fault = fault
        return step, key

    return make


def test_a_thread_that_opens_a_session_for_a_step_is_found(bad: Callable[[str], tuple[Bad, Key]]) -> None:
    assert connections_while_at_work(*bad("thread")) == [0, 1]


@pytest.mark.parametrize("fault", ["session", "connection"])
def test_a_step_that_opens_the_database_while_it_works_fails_at_once(
    bad: Callable[[str], tuple[Bad, Key]], fault: str, log: list[Any]
) -> None:
    step, key = bad(fault)
    run_external(step, [key])
    assert row(Step.TAG, key)[0] == "due"
    [(error,)] = rows("SELECT last_error FROM work WHERE step = 'tag' AND last_error IS NOT NULL")
    assert error.startswith("RuleBroken: tag opens the database while it performs")
    assert checked_out() == 0
    log.clear()  # it was broken on purpose


def test_a_step_that_is_run_inside_of_a_transaction_fails_at_once(
    bad: Callable[[str], tuple[Bad, Key]], log: list[Any]
) -> None:
    step, key = bad("")
    with transaction():
        run_external(step, [key])
    [(error,)] = rows("SELECT last_error FROM work WHERE step = 'tag' AND last_error IS NOT NULL")
    assert error == "RuleBroken: tag would perform inside of an open transaction"
    log.clear()  # as above


def test_a_late_result_that_is_written_all_the_same_is_found(bad: Callable[[str], tuple[Bad, Key]]) -> None:
    found, _ = left_by_a_late_result(*bad("late"))
    assert found.keys() == {"publications"}


def test_a_result_for_an_older_revision_that_is_written_all_the_same_is_found(
    bad: Callable[[str], tuple[Bad, Key]],
) -> None:
    step, key = bad("revision")
    found, _ = left_by_an_old_revision(step, key)
    assert "publications" in found
    assert row(Step.TAG, key)[0] == State.DONE
