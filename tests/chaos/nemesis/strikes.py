"""What the nemesis can do, by kind. Each strike says whom it hit, or "" where there was nobody to hit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import psycopg
import redis

from app.demo.llm.faults import Fault
from app.demo.llm.faults import Kind as ModelFault
from app.demo.telegram.faults import Rule
from app.home import endpoints
from tests.chaos.nemesis import telegram
from tests.chaos.nemesis.bed import Bed, children
from tests.chaos.nemesis.broker import Mischief
from tests.chaos.nemesis.telegram import Strike

OFTEN = Rule(every=3)


@dataclass(frozen=True)
class Kind:
    """A kind of strike. most: how often at most in one run, since what restarts a process waits longer each time."""

    name: str
    strike: Strike
    most: int = 9
    weight: int = 2


def _signalled(bed: Bed, name: str, number: int) -> str:
    pid = bed.processes.alive().get(name)
    if pid is None:
        return ""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        return name
    return ""


def _killed(*names: str) -> Strike:
    def strike(bed: Bed, random: Random) -> str:
        running = [name for name in names if bed.processes.alive().get(name)]
        if not running:
            return ""
        name = random.choice(running)
        _amid(bed, name)
        return _signalled(bed, name, signal.SIGKILL)

    return strike


LEASED = "SELECT 1 FROM work WHERE state = 'leased' AND step IN ({}) LIMIT 1"
BUSY = {
    "worker-telegram": LEASED.format("'poll', 'backfill', 'collect', 'download'"),
    "worker-media": LEASED.format("'analyze'"),
    "worker-default": LEASED.format("'tag', 'index'"),
}


def _amid(bed: Bed, name: str) -> None:
    """Waits a little for a moment in which this worker has something in hand: then it hurts."""
    deadline = time.monotonic() + 6.0
    while time.monotonic() < deadline and not _busy(bed, name):
        time.sleep(0.02)


def _busy(bed: Bed, name: str) -> bool:
    if name == "worker-llm":
        return bed.model.thinking > 0
    with suppress(psycopg.OperationalError):
        return name not in BUSY or bool(bed.rows(BUSY[name]))
    return False


def _stopped(bed: Bed, random: Random) -> str:
    """A worker is asked to end, as by a deployment."""
    workers = [name for name, pid in bed.processes.alive().items() if pid and name.startswith("worker-")]
    if not workers:
        return ""
    name = random.choice(workers)
    _amid(bed, name)
    return _signalled(bed, name, signal.SIGTERM)


def _pool(bed: Bed) -> list[tuple[str, int]]:
    workers = {name: bed.processes.alive().get(name) for name in ("worker-media", "worker-default")}
    return [(name, child) for name, pid in workers.items() if pid for child in children(pid)]


def _child_killed(bed: Bed, random: Random) -> str:
    pool = _pool(bed)
    if not pool:
        return ""
    name, pid = random.choice(pool)
    _amid(bed, name)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return f"a child of {name}"
    return ""


def _frozen(bed: Bed, random: Random) -> str:
    """Somebody sleeps for longer than his lease, and wakes up believing that it is still his."""
    llm = bed.processes.alive().get("worker-llm")
    pool = _pool(bed) + ([("worker-llm", llm)] if llm else [])
    if not pool:
        return ""
    name, pid = random.choice(pool)
    _amid(bed, name)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(bed.settings.lease_seconds + 2.0)
        os.kill(pid, signal.SIGCONT)
        return f"one of {name}"
    return ""


def _service_killed(name: str) -> Strike:
    def strike(bed: Bed, random: Random) -> str:
        running = endpoints.read(bed.services.home, name)
        if running is None:
            return ""
        bed.emptied += name == "valkey"  # the last second was not written down
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
            return name
        return ""

    return strike


def _backends_ended(bed: Bed, random: Random) -> str:
    query = "SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE datname = current_database()"
    with suppress(psycopg.OperationalError):
        return f"{bed.one(f'{query} AND pid <> pg_backend_pid()')} connections"
    return ""


def _flushed(bed: Bed, random: Random) -> str:
    with suppress(redis.RedisError), bed.redis() as client:
        bed.emptied += 1
        client.flushall()
        return "everything"
    return ""


def _messages(mischief: Mischief) -> Strike:
    def strike(bed: Bed, random: Random) -> str:
        bed.broker.mischief = mischief
        time.sleep(random.uniform(2.0, 5.0))
        bed.broker.mischief = Mischief()
        return "task messages"

    return strike


def _cut(bed: Bed, random: Random) -> str:
    bed.broker.cut()
    return "all connections"


def _references(bed: Bed, random: Random) -> str:
    bed.telegram.expire_references()
    return "all references"


def _dropped(bed: Bed, random: Random) -> str:
    bed.telegram.drop_connections()
    return "all connections"


def _models(kind: ModelFault, times: int, retry_after: str | None = None) -> Strike:
    def strike(bed: Bed, random: Random) -> str:
        bed.models.faults.add(Fault(kind, times=times, after=random.randrange(3), retry_after=retry_after))
        return f"{times} calls"

    return strike


def _twin(bed: Bed, random: Random) -> str:
    """Somebody starts a second worker for the account, and stops it when he notices."""
    options = ("-n", "telegram-2@%h", "-Q", "telegram", "-P", "threads", "-c", "4")
    argv = [sys.executable, "-m", "celery", "-A", "app.worker", "worker", *options]
    log = (bed.home / "logs" / "worker-telegram-2.log").open("ab")
    with log, subprocess.Popen(argv, env=bed.environment, stdout=log, stderr=log) as twin:
        with suppress(subprocess.TimeoutExpired):
            twin.wait(12.0)
        twin.terminate()
        try:
            twin.wait(40.0)
        except subprocess.TimeoutExpired:
            twin.kill()
    return "the account"


def _by_hand(bed: Bed, random: Random) -> str:
    """A person sweeps beside the sweeper, and polls beside beat."""
    return f"sweep ended with {bed.command('sweep').returncode}"


KINDS = (
    Kind("kill -9 of a pool child", _child_killed, most=3, weight=4),
    Kind("kill -9 of the telegram worker", _killed("worker-telegram"), most=2, weight=3),
    Kind("kill -9 of the media worker", _killed("worker-media"), most=1),
    Kind("kill -9 of the default worker", _killed("worker-default"), most=1),
    Kind("kill -9 of the llm worker", _killed("worker-llm"), most=2, weight=3),
    Kind("kill -9 of beat", _killed("beat", "beat-2"), most=2),
    Kind("kill -9 of the relay", _killed("relay"), most=1),
    Kind("kill -9 of the consumer", _killed("consumer"), most=1),
    Kind("SIGTERM to a worker", _stopped, most=2, weight=3),
    Kind("a process frozen beyond its lease", _frozen, most=1, weight=3),
    Kind("kill -9 of PostgreSQL", _service_killed("postgres"), most=1, weight=3),
    Kind("database connections ended", _backends_ended, most=2),
    Kind("kill -9 of Valkey", _service_killed("valkey"), most=1, weight=3),
    Kind("FLUSHALL", _flushed, most=2, weight=3),
    Kind("broker connections cut", _cut, most=2),
    Kind("messages dropped", _messages(Mischief(drop=0.6)), weight=3),
    Kind("messages doubled", _messages(Mischief(double=0.8)), weight=3),
    Kind("messages delayed, out of order", _messages(Mischief(delay=0.7)), weight=3),
    Kind("all chord bodies dropped", _messages(Mischief(fan_ins=True)), weight=3),
    Kind("Telegram: connections dropped", _dropped, most=2),
    Kind("Telegram: answers cut", telegram.rules(cut=OFTEN, drop=Rule(every=7))),
    Kind("Telegram: short chunks", telegram.rules(short_chunk=Rule(every=2))),
    Kind("Telegram: flood waits", telegram.rules(flood=OFTEN, flood_premium=Rule(every=5))),
    Kind("Telegram: references expired", _references),
    Kind("Telegram: 5xx", telegram.rules(server_error=OFTEN)),
    Kind("Telegram: hangs", telegram.rules(hang=Rule(every=6))),
    Kind("Telegram: unknown answers", telegram.rules(alien_answers=OFTEN)),
    Kind("Telegram: account frozen", telegram.rules(account_frozen=True)),
    Kind("Telegram: channels closed", telegram.channels_closed),
    Kind("Telegram: older pages refused", telegram.history_refused),
    Kind("Telegram: older messages hidden", telegram.hidden),
    Kind("Telegram: channels restricted", telegram.restricted),
    Kind("Telegram: channels renamed", telegram.renamed),
    Kind("Telegram: wrong sizes", telegram.wrong_sizes, weight=3),
    Kind("Telegram: unknown objects in answers", telegram.aliens, weight=3),
    Kind("Telegram: unknown messages", telegram.strange_messages),
    Kind("Telegram: addresses out of date", telegram.moved),
    Kind("limits of a channel set and lifted", telegram.limited, most=2),
    Kind("model: 5xx", _models("error", 3)),
    Kind("model: 429", _models("rate_limit", 3, "1")),
    Kind("model: hangs", _models("hang", 2)),
    Kind("model: answers cut", _models("cut", 2)),
    Kind("model: wrong answers", _models("bad_fields", 2)),
    Kind("a second worker of the account", _twin, most=1),
    Kind("sweep by hand beside beat", _by_hand, most=2, weight=1),
)
