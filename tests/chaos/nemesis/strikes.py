"""What the nemesis can do, by kind. Each strike says whom it hit, or "" where there was nobody to hit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import psycopg
import redis

from app.demo.llm.faults import Fault
from app.demo.llm.faults import Kind as ModelFault
from app.demo.telegram.faults import Hidden, Restricted, Rule
from app.demo.world import Rename
from app.home import endpoints
from tests.chaos.nemesis.bed import Bed, children
from tests.chaos.nemesis.broker import Mischief

Strike = Callable[[Bed, Random], str]
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


def _telegram(**rules: Any) -> Strike:
    def strike(bed: Bed, random: Random) -> str:
        # Others may strike in the meantime: each puts on and takes off its own rules.
        with bed.guard:
            bed.telegram.faults = replace(bed.telegram.faults, **rules, seed=random.randrange(3))
        time.sleep(random.uniform(2.0, 4.0))
        with bed.guard:
            bed.telegram.faults = replace(bed.telegram.faults, **_off(rules))
        return ", ".join(rules)

    return strike


def _off(rules: dict[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(rules, Rule())


def _keeps(kept: Callable[[int, int], dict[str, Any]]) -> Strike:
    """Telegram keeps part of each channel from us for a while. kept: the faults for (channel, newest message)."""

    def strike(bed: Bed, random: Random) -> str:
        rules = [kept(c.telegram_id, max(c.messages, default=0)) for c in bed.scene.channels]
        with bed.guard:
            joined: dict[str, Any] = {name: tuple(item for one in rules for item in one[name]) for name in rules[0]}
            bed.telegram.faults = replace(bed.telegram.faults, **joined)
        time.sleep(random.uniform(2.0, 4.0))
        with bed.guard:
            none: dict[str, Any] = dict.fromkeys(joined, ())
            bed.telegram.faults = replace(bed.telegram.faults, **none)
        return ", ".join(joined)

    return strike


def _renamed(bed: Bed, random: Random) -> str:
    """A channel takes a new name, and another one takes the name that it gave up.

    Only channels that were read: an address that never led to its channel leads elsewhere for good.
    """
    read: set[int] = set()
    with suppress(psycopg.OperationalError):
        read = {row["telegram_id"] for row in bed.rows("SELECT telegram_id FROM channels WHERE cursor IS NOT NULL")}
    known = [channel for channel in bed.scene.channels if channel.telegram_id in read]
    if len(known) < 2:
        return ""
    one, other = random.sample(known, 2)
    old, fresh = one.username, f"renamed_{random.getrandbits(32):x}"
    bed.telegram.apply(Rename(one.telegram_id, fresh, f"{one.title} renamed"))
    if random.random() < 0.5:
        bed.telegram.apply(Rename(other.telegram_id, old, other.title))
    return f"{old}"


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
    Kind("Telegram: answers cut", _telegram(cut=OFTEN, drop=Rule(every=7))),
    Kind("Telegram: short chunks", _telegram(short_chunk=Rule(every=2))),
    Kind("Telegram: flood waits", _telegram(flood=OFTEN, flood_premium=Rule(every=5))),
    Kind("Telegram: references expired", _references),
    Kind("Telegram: 5xx", _telegram(server_error=OFTEN)),
    Kind("Telegram: hangs", _telegram(hang=Rule(every=6))),
    Kind("Telegram: older messages hidden", _keeps(lambda c, last: {"hidden": (Hidden(c, last // 2),)})),
    Kind("Telegram: channels restricted", _keeps(lambda c, _: {"restricted": (Restricted(c),)})),
    Kind("Telegram: channels renamed", _renamed),
    Kind("model: 5xx", _models("error", 3)),
    Kind("model: 429", _models("rate_limit", 3, "1")),
    Kind("model: hangs", _models("hang", 2)),
    Kind("model: answers cut", _models("cut", 2)),
    Kind("model: wrong answers", _models("bad_fields", 2)),
    Kind("a second worker of the account", _twin, most=1),
    Kind("sweep by hand beside beat", _by_hand, most=2, weight=1),
)
