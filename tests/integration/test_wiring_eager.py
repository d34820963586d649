"""What becomes of a step's answer: messages in a real broker, chords, and the whole flow through eager tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from celery import Celery, chord
from celery.signals import before_task_publish, task_prerun
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import wiring
from app.ask import questions
from app.db import transaction
from app.demo.telegram import LoopbackTelegram
from app.demo.world import Post as Appears
from app.demo.world import World
from app.domain.flow import Call, FanOut
from app.domain.kinds import State, Step
from app.exports import acts as exports
from app.forget.begin import forget
from app.forget.named import named
from app.guards import RuleBroken
from app.local import tcp_ports
from app.models import MediaGroup, Publication, SearchDocument, TagChange, Work
from app.pipeline.engine.sweep import sweep
from app.pipeline.posts.revisions import Revision, items_of
from app.pipeline.posts.schedule import schedule
from app.settings import Settings, get_settings
from app.tasks.publish import publish, to_signature
from tests.celery_app import configured_app, waiting
from tests.factories import rows
from tests.factories.alerts import EDITOR, alert
from tests.factories.messages import START, drawn_photo, message, now
from tests.factories.settings import telegram_environment
from tests.factories.worlds import channel
from tests.integration.pipeline.flow import checked_out
from tests.receiving import LoopbackReceiver
from tests.steps import TASKS

THERE = 700_001  # the channel's id
LATER = START + timedelta(days=1)
TRACE = "0af7651916cd43dd8448eb211c80319c"
FAN = FanOut(
    tuple(Call(Step.DOWNLOAD, ((number, 0),), trace_id=TRACE) for number in (1, 2)),
    Call(Step.PERSIST, ((7, 3),), trace_id=TRACE),
)


@pytest.fixture
def celery(settings: Settings) -> Iterator[Celery]:
    """The application with this test's broker, where messages wait: nobody works."""
    _forget_adapters()
    with configured_app() as app:
        yield app
    _forget_adapters()


@pytest.fixture
def broker(settings: Settings) -> Iterator[redis.Redis]:
    """The broker's side of it."""
    with redis.Redis.from_url(settings.broker()) as client:
        yield client


def _forget_adapters() -> None:
    wiring.telegram.forget()
    wiring.store.forget()
    wiring.hints.forget()
    wiring.embedder.forget()
    wiring.answerer.forget()
    wiring.checked_answerer.forget()
    wiring.notifiers.forget()


# Messages


def test_a_fan_is_a_chord_whose_body_and_errback_are_the_same_call(celery: Celery, broker: redis.Redis) -> None:
    publish([FAN])
    headers = waiting(broker, "telegram")
    assert [message.task for message in headers] == [TASKS[Step.DOWNLOAD]] * 2
    assert [message.args for message in headers] == [[[[1, 0]], False], [[[2, 0]], False]]
    assert waiting(broker, "default") == [], "the body waits for its headers"
    for header in headers:
        body = header.embed["chord"]
        [errback] = body["options"]["link_error"]
        for call in (body, errback):
            assert (call["task"], call["args"], call["kwargs"]) == (TASKS[Step.PERSIST], [[[7, 3]], False], {})
            assert (call["immutable"], call["options"]["queue"]) == (True, "default")
            assert call["options"]["headers"]["trace_id"] == TRACE
    assert [message.trace_id for message in headers] == [TRACE, TRACE]


def test_chords_leave_nothing_in_who_publishes_them(celery: Celery, broker: redis.Redis) -> None:
    """Celery's own way is a subscription and an object for each header, for as long as the process lives."""
    publish([FAN] * 20)
    assert len(waiting(broker, "telegram")) == 40
    assert broker.pubsub_channels() == []
    assert not any(celery.backend._pending_results)


def test_bulk_waits_behind_live_in_batches(celery: Celery, broker: redis.Redis) -> None:
    size = get_settings().batch_size
    publish([Call(Step.TAG, tuple((n, 1) for n in range(size + 1)), bulk=True), Call(Step.TAG, ((999, 1),))])
    assert [message.args for message in waiting(broker, "default")] == [[[[999, 1]], False]]
    assert [len(message.args[0]) for message in waiting(broker, "default", 6)] == [size, 1]


# The dedup key of an album


@pytest.fixture
def album(settings: Settings) -> dict[int, Revision]:
    """An album that was just posted, by its publication."""
    posted = datetime.now(UTC)
    with transaction() as session:
        publication = rows.publication(session, rows.channel(session).id, grouped_id=-5, posted_at=posted)
        for number in (10, 11):
            rows.post(session, publication, number, posted_at=posted)
        return {publication.id: Revision(1, "", items_of(session, [publication.id])[publication.id])}


def test_dedup_suppresses_the_second_message_and_never_the_work(
    celery: Celery, broker: redis.Redis, album: dict[int, Revision]
) -> None:
    for _ in range(2):
        with transaction() as session:
            nexts = schedule(session, album, range(10, 12), bulk=False)
        publish(nexts)
    assert len(waiting(broker, "telegram")) == 1
    [key] = broker.keys("album:*")
    assert 0 < broker.ttl(key) <= get_settings().republish_after
    broker.delete("telegram")
    _silent_for_long()
    publish(sweep())
    assert [message.task for message in waiting(broker, "telegram")] == [TASKS[Step.COLLECT]]


def test_the_key_is_set_after_commit_only(celery: Celery, broker: redis.Redis, album: dict[int, Revision]) -> None:
    """A transaction that fails after all must not silence the next attempt."""
    with transaction() as session:
        [call] = schedule(session, album, range(10, 12), bulk=False)
        assert isinstance(call, Call)
        assert call.dedup is not None
        session.rollback()
    assert broker.keys("*") == []


def _silent_for_long() -> None:
    """The time passes after which a message is believed to be lost."""
    with transaction() as session:
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        session.execute(update(Work).values(hint_at=long_ago, next_attempt_at=long_ago))


# A broker that is away


def test_a_dead_broker_loses_hints_only(
    settings: Settings, album: dict[int, Revision], monkeypatch: pytest.MonkeyPatch
) -> None:
    """publish() comes back without an error; when the broker is back the sweeper publishes what is due."""
    with transaction() as session:
        nexts = schedule(session, album, range(10, 12), bulk=False)
    with monkeypatch.context() as patch:
        patch.setenv("BROKER_URL", f"redis://127.0.0.1:{_closed_port()}/0")
        get_settings.cache_clear()
        with configured_app():
            publish([*nexts, Call(Step.TAG, ((1, 1),)), Call(Step.INDEX, ((1, 1),))])
    get_settings.cache_clear()
    _forget_adapters()
    with transaction() as session:
        assert session.scalars(select(Work.state).where(Work.step == Step.COLLECT)).all() == [State.DUE]
    _silent_for_long()
    with configured_app(), redis.Redis.from_url(settings.broker()) as client:
        publish(sweep())
        assert [message.task for message in waiting(client, "telegram")] == [TASKS[Step.COLLECT]]


def _closed_port() -> int:
    return next(port for port in tcp_ports.RANGE if tcp_ports.is_free(port))


# The whole flow


@pytest.fixture
def eager(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackTelegram]:
    """A Telegram server; every task runs where it is published."""
    there = channel(THERE, "eager_channel", message(1, "Первый пост о погоде"))
    with LoopbackTelegram(World([there])) as server:
        for name, value in {**telegram_environment(server.session()), "EMBEDDER": "none"}.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        _forget_adapters()
        with configured_app(eager=True):
            yield server
        wiring.telegram().close()
    _forget_adapters()


def test_the_flow_through_its_tasks(eager: LoopbackTelegram) -> None:
    """History comes in bulk, a live album through both chords; every task publishes what comes next."""
    from app.tasks.poll import poll_channels  # late: pytest looks at a module's names, and that configures Celery

    with transaction() as session:
        rows.channel(session, "@eager_channel")
    ran: list[tuple[str, bool]] = []

    def note(task: Celery, args: list[object], **_: object) -> None:
        if args:  # beat's own tasks have none
            ran.append((task.name.split(".")[2], bool(args[1])))

    task_prerun.connect(note, weak=False)
    try:
        poll_channels.delay()
        assert [name for name, _ in ran] == ["poll", "backfill", "persist", "tag", "index"]
        assert all(bulk for name, bulk in ran if name != "poll")
        ran.clear()
        for number in (2, 3):
            item = message(number, "Ярмарка" * (number == 3), drawn_photo(), date=LATER, grouped_id=-8)
            eager.apply(Appears(THERE, item))
        poll_channels.delay()
    finally:
        task_prerun.disconnect(note)
    names = [name for name, _ in ran]
    assert names[:2] == ["poll", "collect"]
    assert (names.count("download"), names.count("analyze")) == (2, 2)
    assert names.index("persist") > names.index("download")
    assert {name for name, bulk in ran if bulk} == {"thumbnail"}, "small copies wait behind live posts"
    with transaction() as session:
        _check(session)


def _check(session: Session) -> None:
    assert session.scalars(select(MediaGroup.items_count)).all() == [2]
    assert set(session.scalars(select(Work.state).where(Work.step != Step.POLL))) == {State.DONE}
    assert len(session.scalars(select(SearchDocument)).all()) == 2
    triggers = select(TagChange.trigger).join(Publication, Publication.id == TagChange.publication_id)
    assert session.scalars(triggers.where(Publication.grouped_id == -8)).all() == ["initial", "vision_retag"]


# Nothing is published before its transaction is committed


@pytest.fixture
def running_receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackReceiver]:
    """A receiver of webhooks on this machine, which notices may go to."""
    monkeypatch.setenv("ALERTS_ALLOWED_NETWORKS", "127.0.0.0/8")
    with LoopbackReceiver() as receiver:
        yield receiver


@pytest.fixture
def live(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackTelegram]:
    """A Telegram server with an album of this minute; messages wait in a real broker for the test to deliver them."""
    there = channel(THERE, "live_channel", message(1, "Первый пост о погоде"))
    with LoopbackTelegram(World([there])) as server:
        env = telegram_environment(server.session())
        quick = {"EMBEDDER": "none", "REPUBLISH_AFTER": "0", "SWEEP_INTERVAL": "0", "ALBUM_WAIT": "0"}
        for name, value in {**env, **quick}.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        _forget_adapters()
        with configured_app():
            yield server
        wiring.telegram().close()
    _forget_adapters()


def deliver(celery: Celery, broker: redis.Redis) -> set[str]:
    """Runs every message that waits, as a worker would; the names of their tasks."""
    ran: set[str] = set()
    for queue in ("telegram", "default", "media", "llm"):
        for priority in (0, 6, 9):
            messages = waiting(broker, queue, priority)
            broker.delete(f"{queue}\x06\x16{priority}" if priority else queue)
            for one in messages:
                celery.tasks[one.task](*one.args)
                ran.add(one.task)
    return ran


def swept(celery: Celery, broker: redis.Redis, sweep: Callable[[], object], passes: int) -> set[str]:
    """Runs so many passes of the sweeper and its messages, bodies of chords among them: no header is counted here."""
    ran: set[str] = set()
    for _ in range(passes):
        _silent_for_long()
        sweep()
        ran |= deliver(celery, broker)
    return ran


def test_every_task_publishes_after_its_transaction(
    running_receiver: LoopbackReceiver, live: LoopbackTelegram, broker: redis.Redis
) -> None:
    """No connection is in use when a message goes out, and whatever it names is there for others to see."""
    from app.tasks.poll import poll_channels  # late, as above
    from app.tasks.sweep import sweep as sweep_task
    from app.worker import app as celery

    sent: list[tuple[str, int]] = []

    def note(sender: str, **_: object) -> None:
        sent.append((sender, checked_out()))

    before_task_publish.connect(note, weak=False)
    try:
        with transaction() as session:
            rows.channel(session, "@live_channel")
        poll_channels()
        ran = deliver(celery, broker)
        alert("ярмарка", webhooks=[running_receiver.address])
        for number in (2, 3):
            item = message(number, "Ярмарка", drawn_photo(), date=now(), grouped_id=-8)
            live.apply(Appears(THERE, item))
        poll_channels()
        with transaction() as session:
            prepared = questions.prepare(session, "Что с погодой?", embedder=None)
            placed = questions.place(session, prepared, wiring.answerer().version)
            written = exports.make(session, EDITOR, "погоде")
        publish([written.call, *([placed.call] if placed.call else [])])
        ran |= swept(celery, broker, sweep_task, 30)
        with transaction() as session:
            forget(session, named(session, "@live_channel/1"), EDITOR)
        ran |= swept(celery, broker, sweep_task, 3)
    finally:
        before_task_publish.disconnect(note)
    assert ran == set(TASKS.values()), "a step that is not run here is not tested"
    assert len(running_receiver.sent) == 1
    assert {name for name, _ in sent} == ran
    assert {connections for _, connections in sent} == {0}


@pytest.mark.parametrize("how", ["publish", "apply_async", "chord"])
def test_a_message_from_inside_of_a_transaction_is_refused(celery: Celery, broker: redis.Redis, how: str) -> None:
    call = Call(Step.TAG, ((1, 1),))
    ways: dict[str, Callable[[], object]] = {
        "publish": lambda: publish([call]),
        "apply_async": lambda: to_signature(call).apply_async(),
        "chord": lambda: chord([to_signature(call)], to_signature(call)).apply_async(),
    }
    with pytest.raises(RuleBroken, match="before its transaction is committed"), transaction():
        ways[how]()
    assert waiting(broker, "default") == []
    ways[how]()
    assert len(waiting(broker, "default")) == 1


def test_a_broker_that_is_away_hides_no_broken_rule(settings: Settings) -> None:
    """publish() takes errors of the broker for lost hints; this one is a bug."""
    with pytest.raises(RuleBroken), transaction():
        publish([Call(Step.TAG, ())])
