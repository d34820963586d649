"""The runner: claim, perform without a session, finish by token; crashes and late results change nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.db import transaction
from app.demo.telegram import Faults, Rule
from app.domain.flow import Call, Key
from app.domain.kinds import REPROCESS, Step
from app.errors import MediaAuditError, Permanent, Skip, Transient
from app.models import Work
from app.pipeline.engine import retrying, work
from app.pipeline.engine.database_runner import run_database
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome
from app.pipeline.engine.sweep import sweep
from app.pipeline.engine.work import Claim
from app.settings import Settings, get_settings
from tests.factories.messages import album, message, photo, texts
from tests.factories.rows import due as due_work
from tests.integration.pipeline.database import change, enrichment, lineage, one, rows
from tests.integration.pipeline.flow import Flow, checked_out, elsewhere


@dataclass
class Square(ExternalStep[int, int]):
    """Squares subjects; writes them as `last_error` of their own row. Everything can go wrong on demand."""

    step = Step.INDEX
    chunk = 10
    wary: bool = False
    loads: dict[int, Exception | EarlyOutcome] = field(default_factory=dict)
    performs: Callable[[int], int | MediaAuditError] = lambda n: n * n
    refuses: frozenset[int] = frozenset()  # results that cannot be stored
    pool: list[int] = field(default_factory=list)

    def load(self, session: Session, held: Claim) -> int | EarlyOutcome:
        found = self.loads.get(held.subject_id, held.subject_id)
        if isinstance(found, Exception):
            raise found
        return found

    def perform(self, inputs: Sequence[int]) -> list[int | MediaAuditError]:
        self.pool.append(checked_out())
        return [self.performs(n) for n in inputs]

    def finish(self, session: Session, held: Claim, given: int, result: int) -> Outcome:
        if given in self.refuses:
            session.execute(text("SELECT 1 / 0"))
        session.execute(update(Work).where(Work.id == held.id).values(trace_id=str(result)))
        return Outcome((Call(Step.TAG, (held.key,)),))


def due(*subjects: int) -> list[Key]:
    """Rows of work for Square."""
    return due_work(Step.INDEX, [(n, 0) for n in subjects])


def found() -> dict[int, tuple[object, ...]]:
    """(state, result) of each row."""
    return {n: (state, result) for n, state, result in rows("SELECT subject_id, state, trace_id FROM work")}


def test_a_batch_is_performed_without_a_session_and_what_follows_is_committed(settings: Settings) -> None:
    """10: commit, then publish: what a step returns is true for everybody by then."""
    step = Square()
    nexts = run_external(step, due(2, 3))
    assert step.pool == [0], "no connection is held across outside work"
    assert found() == {2: ("done", "4"), 3: ("done", "9")}
    assert nexts == [Call(Step.TAG, ((2, 0),)), Call(Step.TAG, ((3, 0),))]


def test_each_answer_of_load_ends_its_own_row(settings: Settings) -> None:
    answers: dict[int, Exception | EarlyOutcome] = {
        1: Skip("not for us"),
        2: Permanent("gone"),
        3: EarlyOutcome(reason="done before"),
        4: Transient("?"),
    }
    run_external(Square(loads=answers), due(1, 2, 3, 4, 5))
    assert {n: state for n, (state, _) in found().items()} == {
        1: "skipped",
        2: "dead",
        3: "done",
        4: "due",
        5: "done",
    }


def test_a_row_that_breaks_while_loading_takes_no_neighbour_and_dies_in_the_end(settings: Settings) -> None:
    step = Square(loads={2: FileNotFoundError("not in the media store")})
    keys = due(1, 2, 3)
    for _ in range(settings.max_attempts):
        change("UPDATE work SET next_attempt_at = now() WHERE state = 'due'")
        run_external(step, keys)
    assert found() == {1: ("done", "1"), 2: ("dead", None), 3: ("done", "9")}
    assert "not in the media store" in one("SELECT reason FROM work WHERE subject_id = 2")


def test_a_result_that_cannot_be_stored_takes_no_neighbour(settings: Settings) -> None:
    step = Square(refuses=frozenset({2}))
    nexts = run_external(step, due(1, 2, 3))
    assert found() == {1: ("done", "1"), 2: ("due", None), 3: ("done", "9")}
    assert [call.keys for call in nexts if isinstance(call, Call)] == [((1, 0),), ((3, 0),)]
    assert one("SELECT attempts FROM work WHERE subject_id = 2") == 1


@pytest.mark.parametrize("error", [ValueError("a bug"), Transient("all of them")])
def test_a_failure_of_the_whole_batch_is_each_rows_own(settings: Settings, error: Exception) -> None:
    def broken(n: int) -> int:
        raise error

    assert run_external(Square(performs=broken), due(1, 2)) == []
    assert {state for state, _ in found().values()} == {"due"}
    assert str(error) in one("SELECT DISTINCT last_error FROM work")


def test_one_bad_input_takes_no_neighbour(settings: Settings) -> None:
    def picky(n: int) -> int:
        if n == 2:
            raise ValueError("this one is bad")
        return n * n

    run_external(Square(performs=picky), due(1, 2, 3))
    assert found() == {1: ("done", "1"), 2: ("due", None), 3: ("done", "9")}


def test_what_was_performed_outlives_a_database_that_goes_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection dies twice while the results are written: they are kept, and written once."""
    monkeypatch.setattr(retrying, "PAUSES", (0.05, 0.05, 0.05))
    keys = due(1, 2, 3)
    step = Square()
    deaths = iter((True, True))

    def lock(session: Session, inputs: Sequence[int]) -> None:
        if next(deaths, False):
            with transaction() as other:
                pid = session.scalar(text("SELECT pg_backend_pid()"))
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    monkeypatch.setattr(step, "lock", lock)
    run_external(step, keys)
    assert found() == {n: ("done", str(n * n)) for n in (1, 2, 3)}
    assert len(step.pool) == 1, "performed once"


def test_a_result_after_the_lease_ran_out_is_dropped(settings: Settings) -> None:
    """The second worker's result counts, whichever comes first."""
    keys = due(7)
    working, proceed = Event(), Event()

    def slow(n: int) -> int:
        working.set()
        proceed.wait(10)
        return -1

    late: list[object] = []
    first = Thread(target=lambda: late.append(run_external(Square(performs=slow), keys)))
    first.start()
    working.wait(10)
    change("UPDATE work SET lease_until = now() - interval '1 s'")
    run_external(Square(), keys)
    proceed.set()
    first.join()
    assert found() == {7: ("done", "49")}
    assert late == [[]], "it must not say what comes next either"
    assert one("SELECT attempts FROM work") == 2


def test_a_crash_between_claim_and_finish_is_made_good(settings: Settings) -> None:
    keys = due(5)
    calls: list[int] = []

    def dies(n: int) -> int:
        calls.append(n)
        raise KeyboardInterrupt  # as abrupt as it gets within one process

    with pytest.raises(KeyboardInterrupt):
        run_external(Square(performs=dies), keys)
    assert found()[5][0] == "leased"
    assert run_external(Square(), keys) == [], "nobody else may touch it yet"
    change("UPDATE work SET lease_until = now() - interval '1 s'")
    assert [call.keys for call in sweep() if isinstance(call, Call)] == [((5, 0),)]
    run_external(Square(), keys)
    run_external(Square(), keys)
    assert found() == {5: ("done", "25")}
    assert calls == [5]


def test_a_database_step_spares_the_neighbours_of_a_bad_row(settings: Settings) -> None:
    keys = due(1, 2, 3)

    def body(session: Session, claims: Sequence[Claim]) -> list[Outcome]:
        if any(held.subject_id == 2 for held in claims):
            raise ValueError("this one is bad")
        return [Outcome((Call(Step.TAG, (held.key,)),)) for held in claims]

    nexts = run_database(Step.INDEX, lambda session, ids: None, body, keys)
    assert [call.keys for call in nexts if isinstance(call, Call)] == [((1, 0),), ((3, 0),)]
    assert [found()[n][0] for n in (1, 2, 3)] == ["done", "due", "done"]
    assert "this one is bad" in one("SELECT last_error FROM work WHERE subject_id = 2")


# The real steps under the same rules


def test_no_step_holds_a_connection_while_it_works_outside(flow: Flow) -> None:
    flow.post(*texts([1]), *album(range(10, 13), 5), message(30, "A cat", photo("cat")))
    flow.watch()
    flow.delete(1)
    flow.post(*album(range(40, 43), 6))
    flow.run()
    assert set(flow.vision.pool) == {0}
    watched = flow.drive.source
    assert set(watched.pool) == {0}  # type: ignore[attr-defined]
    assert len(watched.pool) > 8, "polls, history, siblings, deletions, downloads"  # type: ignore[attr-defined]


def test_what_is_returned_is_visible_to_others_before_it_is_published(flow: Flow) -> None:
    """10: events and messages were sent for rows that never came to be, or the other way round."""
    flow.post(message(1, "A cat sits", photo("cat")), *album(range(5, 8), 3))
    seen: list[str] = []
    original = flow.drive.do

    def do(call: Call) -> Sequence[object]:
        for subject, revision in call.keys:  # through a connection of its own, as another process would
            seen.append(call.step)
            assert one(
                "SELECT count(*) FROM work WHERE step = :step AND subject_id = :subject AND revision = :revision",
                step=call.step.value,
                subject=subject,
                revision=revision,
            )
        return original(call)

    flow.drive.do = do  # type: ignore[method-assign, assignment]
    flow.watch()
    assert {"poll", "backfill", "download", "persist", "analyze", "merge", "tag", "index"} <= set(seen)


def test_a_result_for_an_older_revision_changes_nothing(flow: Flow) -> None:
    """An edit arrives while the tagger thinks about the old text."""
    flow.post(message(1, "Bridges of the old town"))
    flow.watch()
    tag = flow.tagger.tag
    edited = message(1, "Lighthouses of the northern coast")

    def slowly(document: object) -> list[str]:
        tags = tag(document)  # type: ignore[arg-type]
        if "Bridges" in document.text:  # type: ignore[attr-defined]
            flow.post(edited)
            elsewhere(flow.drive.poll)
        return tags

    flow.tagger.tag = slowly  # type: ignore[method-assign]
    change("DELETE FROM tag_changes")
    change("DELETE FROM post_enrichment")
    with transaction() as session:
        work.requeue(session, Step.TAG, [(one("SELECT id FROM publications"), 1)], hint=0.0, asked=REPROCESS)
    flow.run()
    tags = enrichment(1, "tags")
    assert tags is not None
    assert tags["revision"] == 2
    assert not any("bridge" in name for name in tags["tags"])
    assert len(lineage(1)) == 1
    assert one("SELECT state FROM work WHERE step = 'tag' AND revision = 1") == "skipped"


def test_what_kills_its_process_takes_its_neighbours_along_once_and_then_dies_alone(settings: Settings) -> None:
    """A batch is leased together, so the first death is charged to all of it; from then on each is tried by itself."""
    keys = due(1, 2, 3, 4)

    def deadly(n: int) -> int:
        if n == 2:
            raise KeyboardInterrupt  # as abrupt as it gets within one process
        return n * n

    for _ in range(settings.max_attempts + 1):
        with suppress(KeyboardInterrupt):
            run_external(Square(performs=deadly, wary=True), keys)
        change("UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'leased'")
        sweep()
    assert found() == {1: ("done", "1"), 2: ("dead", None), 3: ("done", "9"), 4: ("done", "16")}
    attempts = dict(rows("SELECT subject_id, attempts FROM work"))
    assert attempts == {1: 2, 2: settings.max_attempts, 3: 2, 4: 2}


@pytest.mark.parametrize("methods", [("contacts.resolveUsername",), ("messages.getHistory",)])
def test_a_telegram_that_never_answers_is_given_up_before_the_lease(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, methods: tuple[str, ...]
) -> None:
    """A poll makes many requests, and each may be repeated: their own deadlines add up to more than a lease."""
    monkeypatch.setenv("LEASE_SECONDS", "1")
    get_settings.cache_clear()
    flow.server.faults = Faults(hang=Rule(every=1, methods=methods))
    flow.drive.watch("@news")
    started = time.monotonic()
    flow.drive.poll()
    assert time.monotonic() - started < 40  # one request alone may take a minute
    [(state, reason)] = rows("SELECT state, last_error FROM work WHERE step = 'poll'")
    assert state == "due"
    assert reason.startswith("no result within"), "its own worker ended the lease"


@pytest.mark.parametrize("committed", [(True,), (False,), (True, False), (True, True), (False, True)])
def test_a_claim_whose_commit_nobody_confirmed_is_performed_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, committed: tuple[bool, ...]
) -> None:
    """The connection went with the confirmation: the repeat finds rows that are leased, by itself. committed: whether
    each of the first commits was made."""
    keys = due(1, 2)
    real, lost = psycopg.Connection.commit, list(committed)

    def commit(self: psycopg.Connection) -> None:
        if lost:
            if lost.pop(0):
                real(self)
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        real(self)

    monkeypatch.setattr(psycopg.Connection, "commit", commit)
    step = Square()
    run_external(step, keys)
    assert found() == {1: ("done", "1"), 2: ("done", "4")}
    assert rows("SELECT DISTINCT attempts FROM work") == [(1,)]
