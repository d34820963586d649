"""Everything that the nemesis torments: services of its own, both loopback servers, workers, two beats."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import redis
from celery import Celery
from sqlalchemy.exc import OperationalError

from app import db
from app.db import transaction
from app.demo.llm import LoopbackLLM
from app.demo.telegram import PUBLIC_KEY, Faults, LoopbackTelegram
from app.demo.world import Channel, Delete, Message, World
from app.local.fleet import environment, fleet
from app.local.processes import Processes
from app.operations import channels, run_until_idle
from app.settings import Settings, get_settings
from tests.adapters import forget_adapters
from tests.chaos.nemesis.archive import Archive
from tests.chaos.nemesis.broker import Broker
from tests.chaos.nemesis.model import SlowModel
from tests.chaos.nemesis.receivers import Receivers, watch_all
from tests.chaos.nemesis.scene import Event, Scene
from tests.rows import Rows
from tests.services import TestServices

# Everything that waits for a clock waits shortly, so that a minute holds what a month brings.
QUICK = {
    "POLL_INTERVAL": "1.5",
    "SWEEP_INTERVAL": "1",
    "REPUBLISH_AFTER": "4",
    "ALBUM_WAIT": "2",
    "LEASE_SECONDS": "15",
    "TELEGRAM_TIMEOUT": "4",
    "VISION_TIMEOUT": "3",
    "DECODE_TIMEOUT": "4",
    "TAGGER_TIMEOUT": "3",
    "ANSWERER_TIMEOUT": "3",
    "MAX_ATTEMPTS": "20",
    "TAG_WAIT": "5",
    "WORKERS_TELEGRAM": "12",
    "WORKERS_MEDIA": "2",
    "WORKERS_DEFAULT": "2",
    "WORKERS_LLM": "4",
    "EMBEDDER": "none",
    "TELEGRAM_API_ID": "1",
    "TELEGRAM_API_HASH": "loopback",
    "GIGACHAT_DAILY_TOKENS": "unlimited",
    "OPENAI_DAILY_TOKENS": "unlimited",
    "ASK_DAILY_TOKENS": "unlimited",
    "GIGACHAT_CALLS_AT_ONCE": "4",
    "EVENT_QUEUES": "archive=posts.#",
    "LOG_FORMAT": "json",
}
LATENCY = 0.02  # seconds of each request to Telegram: there is a middle of it
# What a seed may run with: who reads, who tags, who answers, and what becomes of a paid call without an answer.
WAYS = (
    {"read": "local", "tag": "local", "ask": "extractive", "unanswered": "hold"},
    {"read": "gigachat", "tag": "local", "ask": "openai", "unanswered": "hold"},
    {"read": "local", "tag": "openai", "ask": "extractive", "unanswered": "hold"},
    {"read": "gigachat", "tag": "gigachat", "ask": "gigachat", "unanswered": "hold"},
    {"read": "openai", "tag": "local", "ask": "openai", "unanswered": "retry"},
)


def calm() -> Faults:
    """Telegram on a good day: it has a distance, and kills the key of whoever connects twice."""
    return Faults(latency=LATENCY, auth_key_duplicated=True)


@dataclass
class Bed(Rows):
    """The running system."""

    settings: Settings
    seed: int
    scene: Scene
    telegram: LoopbackTelegram
    models: LoopbackLLM
    model: SlowModel
    broker: Broker
    processes: Processes
    services: TestServices
    redis_url: str  # past the broker in the middle
    home: Path
    environment: dict[str, str]
    celery: Celery
    receivers: Receivers
    told: list[tuple[str, int]] = field(default_factory=list)  # questions as users put them, and their numbers
    refused: list[str] = field(default_factory=list)  # what commands said that could not put their question
    guard: threading.Lock = field(default_factory=threading.Lock)  # of the servers' switches
    gone: set[tuple[int, int]] = field(default_factory=set)  # (channel, id) of messages that were deleted
    versions: dict[tuple[int, int], list[Message]] = field(default_factory=dict)  # of each message, the oldest first
    emptied: int = 0  # how often Redis lost what it had
    archive: Archive = field(init=False)

    def redis(self) -> redis.Redis:
        """Redis itself."""
        return redis.Redis.from_url(self.redis_url)

    def connection(self) -> psycopg.Connection:
        """A connection to the database, for a transaction of a strike's own."""
        return psycopg.connect(self.settings.database().replace("+psycopg", ""), autocommit=True)

    def watch(self, channel: Channel) -> None:
        """A person adds a channel; he repeats it while the database is away."""
        while True:
            with suppress(OperationalError), transaction() as session:
                channels.add(session, [f"@{channel.username}"])
                return
            time.sleep(0.5)

    def happen(self, event: Event) -> None:
        """Something happens in the world."""
        channel = next(c for c in self.scene.channels if c.telegram_id == event.action.channel)
        action = event.on(channel)
        if isinstance(action, Delete):
            if action.message_id in channel.messages:
                self.gone.add((channel.telegram_id, action.message_id))
        else:
            self.remember(channel.telegram_id, action.message)
        self.telegram.apply(action)

    def remember(self, channel: int, message: Message) -> None:
        """A version of a message that may be read from now on."""
        self.versions.setdefault((channel, message.id), []).append(message)

    def command(self, *argv: str, seconds: float = 120.0) -> subprocess.CompletedProcess[str]:
        """media-audit, as a person beside the running system would call it; killed after so many seconds."""
        call = [sys.executable, "-c", "from app.cli.main import main; main()", *argv]
        return subprocess.run(call, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False)

    def calm_down(self) -> None:
        """Nothing goes wrong any more."""
        self.telegram.faults = calm()
        self.models.faults.clear()


@contextmanager
def bed(
    scene: Scene, services: TestServices, home: Path, way: dict[str, str], seed: int, changes: dict[str, str]
) -> Iterator[Bed]:
    """Starts everything; the scene's history is there to be read. changes: settings that differ."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        model = SlowModel()
        telegram = stack.enter_context(LoopbackTelegram(World(scene.channels), calm()))
        models = stack.enter_context(LoopbackLLM(answer=model))
        receivers = Receivers()
        stack.enter_context(receivers.server)
        redis_url = stack.enter_context(services.redis_database())
        broker = stack.enter_context(Broker(redis_url, seed))
        home.mkdir(parents=True)
        (home / "key.pem").write_text(PUBLIC_KEY)
        env = {
            **QUICK,
            **_providers(models, way),
            **receivers.environment(),
            "MEDIA_AUDIT_HOME": str(home),
            "DATABASE_URL": stack.enter_context(services.database(services.template)),
            "REDIS_URL": broker.url,
            "TELEGRAM_SESSION": telegram.session(),
            "TELEGRAM_TEST_RSA_KEY": str(home / "key.pem"),
            **changes,
        }
        stack.callback(_forget)
        for name, value in env.items():
            patch.setenv(name, value)
        _forget()
        settings = get_settings()
        run_until_idle.check(settings)
        watch_all(receivers)
        processes = stack.enter_context(fleet(settings))
        found = Bed(
            settings,
            seed,
            scene,
            telegram,
            models,
            model,
            broker,
            processes,
            services,
            redis_url,
            home,
            environment(settings),
            Celery(broker=settings.broker(), set_as_current=False),
            receivers,
        )
        for channel in scene.channels:
            for message in channel.messages.values():
                found.remember(channel.telegram_id, message)
        _second_beat(found)
        found.archive = stack.enter_context(Archive(redis_url))
        yield found


def _providers(models: LoopbackLLM, way: dict[str, str]) -> dict[str, str]:
    """The settings of a way."""
    env = {"UNANSWERED": way["unanswered"]}
    for name in {way["read"], way["tag"], way["ask"]} - {"local", "extractive"}:
        env |= models.environment(name, tags=True, answers=True)
    if way["read"] == "local":
        env.pop("VISION_MODEL", None)
    used = {"VISION_PROVIDER": way["read"], "TAGGER": way["tag"], "ANSWERER": way["ask"]}
    return {**env, **used}


def _second_beat(bed: Bed) -> None:
    """Somebody started beat twice, and never notices."""
    argv = (sys.executable, "-m", "celery", "-A", "app.worker", "beat", "--pidfile=")
    bed.processes.add("beat-2", argv, bed.environment, bed.home / "logs" / "beat-2.log")


def _forget() -> None:
    """This process sees the new settings, and the old ones afterwards."""
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()
    get_settings.cache_clear()
    forget_adapters()


def children(pid: int) -> list[int]:
    """The process ids of a pool's children."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except FileNotFoundError:
        return []
