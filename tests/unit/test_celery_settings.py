"""Celery's settings as relations: each of them was measured, or follows from what is promised elsewhere.

The figures stand in celeryconfig.py with their reasons; what is asserted here is what must hold whatever they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery import Celery
from celery.app.utils import Settings as Conf

from app.adapters.llm.asker import CLEAN_UP
from app.adapters.telegram.factory import OF_LEASE as OF_FETCH
from app.domain.kinds import Step
from app.events.topology import connect
from app.local import processes
from app.pipeline.engine import external_runner, retrying
from app.pipeline.engine.paid_step import PaidStep
from app.settings import GRACE, Settings, get_settings
from app.tasks.publish import BULK, LAST, LIVE
from app.worker.chord_backend import ChordCounter
from tests.celery_app import configured_app
from tests.steps import QUEUES, ROOT, TASKS, billables, outside_steps

BEAT = ("poll", "sweep")
RABBIT = "amqp://guest:guest@127.0.0.1:1//"


@contextmanager
def configured(patch: pytest.MonkeyPatch, **changes: object) -> Iterator[tuple[Celery, Settings]]:
    """The application as a process with these settings would have it; nothing listens at its broker."""
    patch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    for name, value in changes.items():
        patch.setenv(name, str(value))
    get_settings.cache_clear()
    with configured_app() as app:
        yield app, get_settings()


@pytest.fixture
def celery(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """With the defaults."""
    with configured(monkeypatch) as (app, _):
        yield app


@pytest.fixture
def conf(celery: Celery) -> Conf:
    """Its settings."""
    return celery.conf


# A worker that is killed: its messages come back, soon, and not before anybody could still be at work on them


def test_messages_of_a_killed_worker_come_back(conf: Conf) -> None:
    assert conf.task_acks_late, "acknowledged at the end"
    assert not conf.task_reject_on_worker_lost, "a file that kills its process would come for ever (celery#9082)"
    assert conf.task_acks_on_failure_or_timeout, "a task that failed is not asked again: its row is due again"
    assert not conf.worker_cancel_long_running_tasks_on_connection_loss


def test_they_come_back_right_after_the_visibility_timeout(conf: Conf) -> None:
    """With kombu's defaults up to 100 s later: it looks at every tenth of its turns, each 10 s apart."""
    options = conf.broker_transport_options
    assert options["unacked_restore_interval"] * options["unacked_restore_throttle"] <= 5


def test_one_message_in_advance_for_each_slot(conf: Conf) -> None:
    assert conf.worker_prefetch_multiplier == 1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"LEASE_SECONDS": 3},
        {"LEASE_SECONDS": 7200},
        {"DECODE_TIMEOUT": 1000, "VISION_FALLBACK": "openai"},
        {"LEASE_SECONDS": 200, "VISION_PROVIDER": "gigachat", "TAGGER": "openai"},
        {"LEASE_SECONDS": 60, "TAGGER": "openai", "TAGGER_TIMEOUT": 100},
    ],
)
def test_limits_lie_in_their_order(changes: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines < leases < visibility timeout < how long chords are counted."""
    with configured(monkeypatch, **changes) as (app, settings):
        conf = app.conf
        visible = conf.broker_transport_options["visibility_timeout"]
        assert conf.task_soft_time_limit < conf.task_time_limit < settings.lease_seconds
        paid = {"paid reading": settings.vision_chain() != ("local",), "paid tags": settings.tagger != "local"}
        leases = [lease(settings) for name, lease in LEASES.items() if paid.get(name, True)]
        assert max(leases) == settings.longest_lease() < visible
        own = conf.task_annotations.values()
        assert max(conf.task_time_limit, *(one["time_limit"] for one in own)) < visible
        assert all(one["soft_time_limit"] < one["time_limit"] for one in own)
        assert 2 * visible < conf.result_expires, "a header that was killed comes once more, and is counted"


# The leases of every step, and what bounds its outside work

LEASES: dict[str, Callable[[Settings], float]] = {
    "the setting": lambda settings: settings.lease_seconds,
    "paid reading": lambda settings: settings.vision_seconds() + GRACE,
    "paid tags": lambda settings: settings.tagger_timeout + GRACE,
}


class Free:
    """As much of a free step as PaidStep looks at before it runs."""

    step = Step.ANALYZE


class Model:
    """As much of a paid model as PaidStep looks at before it is asked."""


def test_a_lease_of_ones_own_is_that_of_a_paid_call() -> None:
    """Whoever adds a step with another lease has to name its deadline here."""
    assert {one for one in outside_steps() if one.lease is not None} == set()
    assert [one for one in outside_steps() if "lease" in vars(one)] == []
    settings = get_settings()
    assert billables()
    for bought in billables():
        made: PaidStep[Any, Any, Any] = PaidStep(bought(Free()), Model(), settings.limits("openai"), 77.0)  # type: ignore[arg-type]
        assert made.lease == 77.0 + GRACE


def test_outside_work_ends_before_its_lease() -> None:
    settings = get_settings()
    assert OF_FETCH < external_runner.OF_LEASE < 1, "a download ends by itself, and tells what stalled"
    assert settings.telegram_timeout < settings.lease_seconds * OF_FETCH
    assert CLEAN_UP < GRACE, "a call that is cut off at its deadline has as long to end"
    assert 2 * settings.decode_timeout < settings.lease_seconds, "a look at a picture, paid for later"
    assert settings.lease_seconds * external_runner.OF_LEASE + sum(retrying.PAUSES) <= settings.lease_seconds, (
        "what was performed is stored within its lease, also where the database is away for a minute"
    )


# Chords


def test_chords_survive_a_restart_of_redis(celery: Celery) -> None:
    """Without it the body never ran, 4 of 4 times; with it once, 6 of 6."""
    assert celery.conf.result_backend_always_retry
    assert isinstance(celery.backend, ChordCounter)
    assert celery.backend.always_retry


def test_results_are_kept_for_the_counting_of_chords_alone(conf: Conf) -> None:
    assert conf.task_ignore_result
    assert not conf.task_store_errors_even_if_ignored


# Prefork and threads


def test_a_soft_shutdown_ends_before_whoever_waits_for_it_kills(conf: Conf) -> None:
    """SIGKILL comes from our supervisor, or from Docker."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    asked = [one["stop_grace_period"] for one in compose["services"].values() if "celery" in one.get("command", ())]
    assert len(asked) > 4
    assert all(conf.worker_soft_shutdown_timeout < processes.GRACE < int(grace.removesuffix("s")) for grace in asked)


def test_children_are_replaced(conf: Conf) -> None:
    assert conf.worker_max_tasks_per_child
    assert conf.worker_max_memory_per_child


# Messages


def test_nothing_waits_in_the_broker_for_a_time(celery: Celery) -> None:
    """Waiting is next_attempt_at in the row: a countdown longer than the visibility timeout is delivered twice."""
    sources = [path.read_text() for folder in ("tasks", "pipeline", "events", "daemons") for path in _files(folder)]
    assert [source for source in sources if re.search(r"countdown=|eta=|\.retry\(|autoretry_for", source)] == []
    assert all(celery.tasks[name].max_retries in (None, 3) for name in TASKS.values()), "Celery's default, never used"


def _files(folder: str) -> list[Path]:
    return sorted((ROOT / "app" / folder).rglob("*.py"))


def test_live_is_served_before_bulk(conf: Conf) -> None:
    options = conf.broker_transport_options
    assert options["priority_steps"] == sorted({LIVE, BULK, LAST})
    assert options["queue_order_strategy"] == "priority"
    assert conf.task_default_priority == LIVE


def test_beat_bursts_into_nothing(conf: Conf) -> None:
    """Messages of a beat that nobody served expire before they pile up; both tasks look at everything anyway."""
    assert set(conf.beat_schedule) == set(BEAT)
    for entry in conf.beat_schedule.values():
        assert entry["schedule"] <= entry["options"]["expires"] <= max(5.0, entry["schedule"])


def test_no_message_can_run_code(conf: Conf) -> None:
    assert set(conf.accept_content) == set(conf.result_accept_content) == {"json"}


def test_every_step_has_a_queue_that_a_bare_name_finds(celery: Celery) -> None:
    route = celery.amqp.router.route
    assert {step: route({}, TASKS[step])["queue"].name for step in Step} == QUEUES


# RabbitMQ instead of Redis


def test_options_of_redis_do_not_stop_a_connection_to_rabbitmq(monkeypatch: pytest.MonkeyPatch) -> None:
    """They travel as keyword arguments of amqp's Connection, which takes what it does not know."""
    from kombu.transport.pyamqp import Transport

    with configured(monkeypatch, BROKER_URL=RABBIT) as (app, _):
        options = app.conf.broker_transport_options
        made = Transport.Connection("127.0.0.1:1", **options)
    assert made.confirm_publish is False, "calls are hints: the sweeper finds those that a broker lost"


def test_events_wait_for_rabbitmq_to_confirm_them() -> None:
    """The option arrives where amqp's channels look for it: then each publication waits for its ack or nack."""
    from kombu.transport.pyamqp import Transport

    with connect(RABBIT) as connection:
        made = Transport.Connection("127.0.0.1:1", **connection.transport_options)
    assert made.confirm_publish is True
