"""Telegram as it answers on bad days: it refuses, hides, restricts, renames, lies about sizes, speaks a newer layer.

Each strike puts its own faults on and takes them off again under the guard of the bed: others may be under way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any, get_args

import psycopg

from app.demo.telegram.aliens import Place
from app.demo.telegram.faults import Faults, Hidden, Refusal, Restricted, Strange
from app.demo.world import Rename
from tests.chaos.nemesis.bed import Bed, calm

Strike = Callable[[Bed, Random], str]

SHORT = (2.0, 4.0)  # seconds of a strike: pauses after refusals double, and a run has to end
PAGE = 100  # messages; `_head` of the adapter gives up when so many of the newest ones cannot be read
TRIES = 60  # of a person whose command fails since the database is away, one a second

CHANNEL_CLOSED = (Refusal("CHANNEL_PRIVATE", 400), Refusal("CHANNEL_PRIVATE", 406), Refusal("CHAT_FORBIDDEN", 403))
HISTORY = ("messages.getHistory",)
OLDER = (Refusal("CHANNEL_PRIVATE", 400), Refusal("HISTORY_GET_FAILED", 406), Refusal("MSG_ID_INVALID", 400))


def rules(**given: Any) -> Strike:
    """Rules for requests. given: fields of Faults; afterwards they are as on a good day."""

    def strike(bed: Bed, random: Random) -> str:
        seed = random.randrange(3)
        off = {name: getattr(calm(), name) for name in given}
        _for_a_while(bed, random, lambda now: replace(now, **given, seed=seed), lambda now: replace(now, **off))
        return ", ".join(given)

    return strike


def _for_a_while(bed: Bed, random: Random, on: Callable[[Faults], Faults], off: Callable[[Faults], Faults]) -> None:
    with bed.guard:
        bed.telegram.faults = on(bed.telegram.faults)
    time.sleep(random.uniform(*SHORT))
    with bed.guard:
        bed.telegram.faults = off(bed.telegram.faults)


def _besides(bed: Bed, random: Random, field: str, items: tuple[Any, ...]) -> None:
    """These items stand in a tuple of the faults for a while, beside those of other strikes."""

    def on(now: Faults) -> Faults:
        added: dict[str, Any] = {field: (*getattr(now, field), *items)}
        return replace(now, **added)

    def off(now: Faults) -> Faults:
        left = tuple(one for one in getattr(now, field) if not any(one is item for item in items))
        taken: dict[str, Any] = {field: left}
        return replace(now, **taken)

    _for_a_while(bed, random, on, off)


def _some_channels(bed: Bed, random: Random) -> list[int]:
    """The numbers of one channel or of all."""
    numbers = [channel.telegram_id for channel in bed.scene.channels]
    return numbers if random.random() < 0.3 else [random.choice(numbers)]


def channels_closed(bed: Bed, random: Random) -> str:
    """Channels become private, or are refused in other words."""
    refusal = random.choice(CHANNEL_CLOSED)
    _besides(bed, random, "refusals", tuple(replace(refusal, channel=c) for c in _some_channels(bed, random)))
    return f"{refusal.code} {refusal.name}"


def history_refused(bed: Bed, random: Random) -> str:
    """The newest posts can be read, older pages cannot."""
    refusal = replace(random.choice(OLDER), methods=HISTORY, paged=True)
    _besides(bed, random, "refusals", tuple(replace(refusal, channel=c) for c in _some_channels(bed, random)))
    return f"{refusal.code} {refusal.name}"


def hidden(bed: Bed, random: Random) -> str:
    """Older messages of each channel are hidden from the account."""
    items = tuple(Hidden(c.telegram_id, max(c.messages, default=0) // 2) for c in bed.scene.channels)
    _besides(bed, random, "hidden", items)
    return "the older half of each channel"


def restricted(bed: Bed, random: Random) -> str:
    """Channels are restricted, and answer as if they were empty."""
    _besides(bed, random, "restricted", tuple(Restricted(c.telegram_id) for c in bed.scene.channels))
    return "each channel"


def renamed(bed: Bed, random: Random) -> str:
    """A channel takes a new name, and another one takes the name that it gave up.

    Only channels that were read: an address that never led to its channel leads elsewhere for good.
    """
    known = [channel for channel in bed.scene.channels if channel.telegram_id in _read(bed)]
    if len(known) < 2:
        return ""
    one, other = random.sample(known, 2)
    old, fresh = one.username, f"renamed_{random.getrandbits(32):x}"
    bed.telegram.apply(Rename(one.telegram_id, fresh, f"{one.title} renamed"))
    if random.random() < 0.5:
        bed.telegram.apply(Rename(other.telegram_id, old, other.title))
    return f"{old}"


def _read(bed: Bed) -> set[int]:
    """The numbers of the channels that were read at least once."""
    with suppress(psycopg.OperationalError):
        return {row["telegram_id"] for row in bed.rows("SELECT telegram_id FROM channels WHERE cursor IS NOT NULL")}
    return set()


def wrong_sizes(bed: Bed, random: Random) -> str:
    """Messages announce other sizes than are served: none, too few bytes, too many."""
    files = {m.file.id: len(m.file.read()) for c in bed.scene.channels for m in list(c.messages.values()) if m.file}
    chosen = random.sample(sorted(files), min(len(files), max(3, len(files) // 3)))
    lies = (lambda n: 0, lambda n: 1, lambda n: n // 2, lambda n: n - 1, lambda n: n + 1, lambda n: 3 * n + 5_000)
    claims = {file: random.choice(lies)(files[file]) for file in chosen}
    _for_a_while(
        bed,
        random,
        lambda now: replace(now, claims=now.claims | claims),
        lambda now: replace(now, claims={f: size for f, size in now.claims.items() if claims.get(f) != size}),
    )
    return f"{len(claims)} files" if claims else ""


def aliens(bed: Bed, random: Random) -> str:
    """Answers hold objects that no TL layer knows, beside the messages."""
    places = frozenset(random.sample(get_args(Place), random.randint(2, 5)))
    _for_a_while(
        bed,
        random,
        lambda now: replace(now, alien=now.alien | places),
        lambda now: replace(now, alien=now.alien - places),
    )
    return ", ".join(sorted(places))


def strange_messages(bed: Bed, random: Random) -> str:
    """Some of the newer messages have a form that no TL layer knows. Polls read them again until they can be read."""
    items = []
    for channel in bed.scene.channels:
        for number in random.sample(sorted(channel.messages)[-PAGE // 2 :], 4):
            items.append(Strange(channel.telegram_id, number, random.choice(("unknown", "unknown_media", "nul"))))
    _besides(bed, random, "strange", tuple(items))
    return f"{len(items)} messages"


def moved(bed: Bed, random: Random) -> str:
    """All addresses of files are out of date until their messages are read again."""
    error = random.choice(("LOCATION_INVALID", "FILE_ID_INVALID"))
    with bed.guard:
        bed.telegram.faults = replace(bed.telegram.faults, moved_error=error)
        bed.telegram.move_files()
    return error


LIMITS = (
    ("--media", "photo"),
    ("--media", "none"),
    ("--max-size", "2KB"),
    ("--since", "2026-11-01"),
    ("--media", "document", "--since", "2026-05-01"),
)
NO_LIMITS = ("--media", "all", "--max-size", "none", "--since", "none")


def limited(bed: Bed, random: Random) -> str:
    """A person limits the files of a channel, and lifts the limits a little later."""
    known = sorted(_read(bed))
    if not known:
        return ""
    name, limits = f"-100{random.choice(known)}", random.choice(LIMITS)
    if bed.command("channels", "set", *limits, name).returncode:
        return ""
    time.sleep(random.uniform(*SHORT))
    for _ in range(TRIES):  # the database may be away
        if not bed.command("channels", "set", *NO_LIMITS, name).returncode:
            break
        time.sleep(1.0)
    return f"{name} {' '.join(limits)}"
