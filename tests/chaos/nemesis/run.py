"""One run: the scene plays, the nemesis strikes, everything calms down, and then it is looked at closely."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg

from app.errors import MediaAuditError
from app.operations import run_until_idle
from app.operations.progress import Progress
from tests.chaos.nemesis import answering, questions, telling
from tests.chaos.nemesis.asking import ask_all
from tests.chaos.nemesis.bed import WAYS, Bed, bed
from tests.chaos.nemesis.invariants import check
from tests.chaos.nemesis.plan import Planned, plan
from tests.chaos.nemesis.recovery import Recovery
from tests.chaos.nemesis.scene import Event, draw
from tests.chaos.nemesis.violation import Violation
from tests.rows import until
from tests.services import TestServices

LOOSE = 3.0  # seconds after the last strike before everything is calm: what is delayed arrives in it
ALONE = 90.0  # seconds at most before the next strike, where each waits for the one before
# Seconds for the quiet period: a model that failed eight times in a row is let be for four minutes (domain.breaker).
PATIENCE = 330.0


@dataclass
class Outcome:
    """What a run did and found."""

    seed: int
    way: Mapping[str, str]
    strikes: Counter[str] = field(default_factory=Counter)  # by kind, of those that hit somebody
    messages: Counter[str] = field(default_factory=Counter)  # what became of task messages
    recovery: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    quiet: float = 0.0  # seconds until nothing was left to do
    seconds: float = 0.0
    violations: list[Violation] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        way = ", ".join(f"{name} {value}" for name, value in self.way.items())
        verdict = "; ".join(map(str, self.violations[:5])) or "all holds"
        posts = f"{self.counts.get('posts')} posts, {self.counts.get('files')} files"
        hits = f"{self.strikes.total()} strikes of {len(self.strikes)} kinds"
        return (
            f"seed {self.seed} ({way}): {hits}, {posts}, {self.quiet:.0f} s to quiet, {self.seconds:.0f} s: {verdict}"
        )


def run(
    seed: int,
    services: TestServices,
    home: Path,
    *,
    seconds: float = 25.0,
    posts: int = 60,
    changes: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    pause: float = 1.6,
    alone: bool = False,
    patience: float = PATIENCE,
) -> Outcome:
    """Runs a seed.

    seconds: of torment; posts: of history in each channel; changes: settings that differ; only: the kinds of strikes,
    all when empty; pause: seconds between two, on average; alone: each waits until the one before is got over.
    """
    began = time.monotonic()
    way = WAYS[seed % len(WAYS)]
    scene = draw(seed, seconds=seconds, posts=posts)
    outcome = Outcome(seed, way)
    with bed(scene, services, home, way, seed, dict(changes or {})) as torment, Recovery(torment) as recovery:
        strikes = [*plan(seed, seconds, pause, only), *answering.plan(seed, seconds, only)]
        strikes += telling.plan(seed, seconds, only)
        strikes.sort(key=lambda planned: planned.at)
        until(lambda: len(torment.rows("SELECT 1 FROM worker_heartbeats")) >= 6, "all workers at work", 90)
        players = [
            threading.Thread(target=_watch, args=(torment, seconds)),
            threading.Thread(target=_play, args=(torment, scene.events)),
            threading.Thread(target=ask_all, args=(torment, questions.draw(seed, seconds))),
            threading.Thread(target=_strike_all, args=(torment, strikes, recovery, outcome, alone)),
        ]
        for player in players:
            player.start()
        for player in players:
            player.join()
        time.sleep(LOOSE)
        torment.calm_down()
        ask_all(torment, questions.last(seed))
        _quiet(torment, outcome, patience)
        outcome.violations += check(torment, promised=way["unanswered"])
        outcome.counts = _counts(torment)
        outcome.log += [f"a question was refused: {said.strip()}" for said in torment.refused]
        outcome.messages = torment.broker.done
    outcome.recovery = recovery.seconds
    outcome.seconds = time.monotonic() - began
    return outcome


def _watch(bed: Bed, seconds: float) -> None:
    """Channels are added one after another, so that history is read at all times."""
    for channel in bed.scene.channels:
        bed.watch(channel)
        time.sleep(seconds / len(bed.scene.channels))


def _play(bed: Bed, events: Sequence[Event]) -> None:
    start = time.monotonic()
    for event in events:
        time.sleep(max(0.0, start + event.at - time.monotonic()))
        bed.happen(event)


def _strike_all(bed: Bed, strikes: Sequence[Planned], recovery: Recovery, outcome: Outcome, alone: bool) -> None:
    start = time.monotonic()
    under_way = []
    for planned in strikes:
        time.sleep(max(0.0, start + planned.at - time.monotonic()))
        thread = threading.Thread(target=_strike, args=(bed, planned, recovery, outcome, start))
        thread.start()
        under_way.append(thread)
        if alone:
            thread.join()
            recovery.wait(ALONE)
    for thread in under_way:
        thread.join()


def _strike(bed: Bed, planned: Planned, recovery: Recovery, outcome: Outcome, start: float) -> None:
    hit = planned.kind.strike(bed, Random(planned.seed))
    outcome.log.append(f"{planned.at:5.1f} s to {time.monotonic() - start:5.1f} s  {planned.kind.name}: {hit or '-'}")
    if hit:
        outcome.strikes[planned.kind.name] += 1
        recovery.struck(planned.kind.name)


def _quiet(bed: Bed, outcome: Outcome, patience: float) -> None:
    began = time.monotonic()
    _wait_for_pauses(bed, patience)
    try:
        state: Progress | None = run_until_idle.until_idle(bed.settings, bed.processes, lambda _: None, patience)
    except MediaAuditError as error:
        state = None
        outcome.violations.append(Violation("stuck", str(error)))
    outcome.quiet = time.monotonic() - began
    if state is not None and not state.idle:
        open_ = bed.rows(
            "SELECT step, subject_id, revision, state, attempts, last_error, next_attempt_at - now() AS in,"
            " lease_until - now() AS leased FROM work WHERE state IN ('due', 'leased') AND step <> 'poll' LIMIT 5"
        )
        outcome.violations.append(Violation("stuck", f"{state} after {patience:.0f} s: {open_}"))


# Rows that Telegram refused: each has a time to come, which doubles with each refusal, so it ends by itself.
PAUSED = "SELECT count(*) FROM work WHERE state = 'waiting' AND step IN ('poll', 'backfill', 'collect', 'download')"


def _wait_for_pauses(bed: Bed, patience: float) -> None:
    """An idle run does not wait for long pauses after refusals; the quiet period does, and may end as stuck."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            if not bed.one(PAUSED):
                return
        time.sleep(0.3)


COUNTS = {
    "posts": "SELECT count(*) FROM posts",
    "albums": "SELECT count(*) FROM media_groups",
    "files": "SELECT count(*) FROM media_files",
    "readings": "SELECT count(*) FROM media_vision",
    "tags": "SELECT count(*) FROM tag_changes WHERE called_tagger",
    "events": "SELECT count(*) FROM outbox_events",
    "questions": "SELECT count(*) FROM questions WHERE answered_at IS NOT NULL",
    "sentences": "SELECT count(*) FROM answer_sentences WHERE verdict = 'kept'",
    "unknown": "SELECT count(*) FROM work WHERE state = 'unknown'",
    "tellings": "SELECT count(*) FROM alert_hits",
    "taken over": "SELECT count(*) FROM work WHERE attempts > 1",
}


def _counts(bed: Bed) -> dict[str, int]:
    return {name: int(bed.one(query)) for name, query in COUNTS.items()}
