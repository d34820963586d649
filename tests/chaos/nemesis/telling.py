"""An alert on every post: what must have arrived of it, and a strike in the middle of a delivery."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from random import Random
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError

from app.alerts.resend import resend
from app.db import transaction
from app.errors import UserError
from tests.chaos.nemesis.asking import await_posts
from tests.chaos.nemesis.bed import Bed
from tests.chaos.nemesis.plan import Planned
from tests.chaos.nemesis.receivers import SLOW, Receivers
from tests.chaos.nemesis.strikes import Kind
from tests.chaos.nemesis.violation import Found, Violation
from tests.factories.alerts import EDITOR

HELD = 1.0  # seconds of an answer until the strike
WAIT = 12.0  # seconds at most for a delivery under way: the sweeper brings one after REPUBLISH_AFTER (4 s)
ARRIVED = (
    "SELECT w.subject_id AS hit, w.revision AS address FROM work w JOIN alert_destinations d ON d.id = w.revision"
    " WHERE w.step = 'deliver' AND w.state = 'done' AND d.medium = 'webhook' ORDER BY w.id DESC LIMIT 1"
)
SHARES = (0.45, 0.75)  # of the torment


def check(bed: Bed) -> Found:
    """Each hit of the alert arrived once by its id; no other did; the chat has none twice."""
    hits = {row["id"]: row for row in bed.rows("SELECT id, uid, publication_id FROM alert_hits")}
    yield from _strict(bed, {row["publication_id"] for row in hits.values()})
    yield from _hooked(bed.receivers, {f"msg_{row['uid'].hex}": row["publication_id"] for row in hits.values()})
    yield from _chat(bed, hits)


def _strict(bed: Bed, told: Collection[int]) -> Found:
    found = bed.rows("SELECT publication_id FROM search_documents WHERE posted_at IS NOT NULL")
    wanted = {row["publication_id"] for row in found}
    yield from (Violation("lost", f"the alert does not know publication {one}") for one in wanted - set(told))
    if not wanted:
        yield Violation("wrong", "no post could fire the alert")


def _hooked(receivers: Receivers, hits: Mapping[str, int]) -> Found:
    came = {sent.headers["webhook-id"]: sent.json()["data"]["publication_id"] for sent in receivers.hooked()}
    yield from (Violation("lost", f"no webhook {one} for publication {hits[one]}") for one in hits.keys() - came.keys())
    yield from (Violation("wrong", f"webhook {one} is of no hit") for one in came.keys() - hits.keys())
    yield from (Violation("wrong", f"webhook {one} is of another post") for one in hits if came.get(one) != hits[one])
    yield from (Violation("doubled", f"publication {p}") for p, n in Counter(came.values()).items() if n > 1)


def _chat(bed: Bed, hits: Mapping[int, Any]) -> Found:
    """A delivery whose end is not known is held; all others arrived, and none twice."""
    said = bed.receivers.bots.messages
    rows = bed.rows(
        "SELECT w.state FROM work w JOIN alert_destinations d ON d.id = w.revision"
        " WHERE w.step = 'deliver' AND d.medium = 'telegram'"
    )
    states = Counter(row["state"] for row in rows)
    if states.total() != len(hits) or states.keys() - {"done", "unknown"}:
        yield Violation("wrong", f"deliveries to the chat: {states} of {len(hits)} hits")
    if not states["done"] <= len(said) <= len(hits):
        yield Violation("doubled", f"{len(said)} messages in the chat of {states}")


def _amid(bed: Bed, random: Random) -> str:
    """The worker is killed while a receiver has its request and has not answered."""
    await_posts(bed)
    bed.receivers.slow = HELD
    _resend(bed)
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and not bed.receivers.busy:
        time.sleep(0.01)
    worker = bed.processes.alive().get("worker-llm") if bed.receivers.busy else None
    bed.receivers.slow = SLOW
    if worker is None:
        return ""
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
    return "worker-llm"


def _resend(bed: Bed) -> None:
    """A user asks for a webhook once more, with the id that it had: something is under way soon."""
    # UserError: the strike of before asked for the same one, which is under way then.
    with suppress(psycopg.OperationalError, DBAPIError, UserError):
        for row in bed.rows(ARRIVED):
            with transaction() as session:
                resend(session, EDITOR, row["hit"], row["address"])


TELLING = (Kind("kill -9 in the middle of a delivery", _amid, most=2),)


def plan(seed: int, seconds: float, only: Collection[str] = ()) -> list[Planned]:
    """The strike twice, at moments that the seed chooses. only: these kinds."""
    random = Random(f"telling {seed}")
    kinds = [kind for kind in TELLING if not only or kind.name in only]
    return [
        Planned(share * seconds * random.uniform(0.9, 1.1), kind, random.getrandbits(32))
        for kind in kinds
        for share in SHARES
    ]
