"""Work, ledgers, events and logs: nothing is open, nothing was done or paid twice, everything was told."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection
from typing import Any

from tests.chaos.nemesis.bed import Bed
from tests.chaos.nemesis.paid import Booked, Kept, Row, paid_twice
from tests.chaos.nemesis.violation import Found, Violation

DELETED = "the message was deleted before its file was downloaded"


def check(bed: Bed, *, hold: bool) -> Found:
    """Everything that is not as it should be. hold: a question without an answer was never to be repeated."""
    for look in (_tagged_once, _outbox, _secrets, _verified):
        yield from look(bed)
    yield from _work(bed, hold=hold)
    yield from _paid(bed, hold=hold)


def _tagged_once(bed: Bed) -> Found:
    """Nobody asked the tagger twice in a row for the same input."""
    rows = bed.rows(
        "SELECT publication_id, tagger_input_hash, lag(tagger_input_hash) OVER"
        " (PARTITION BY publication_id ORDER BY id) AS before FROM tag_changes WHERE called_tagger"
    )
    for row in rows:
        if row["tagger_input_hash"] == row["before"]:
            yield Violation("doubled", f"publication {row['publication_id']} was tagged twice from one input")


def _work(bed: Bed, *, hold: bool) -> Found:
    """Nothing is open, nothing died; unknown is only what was paid for, or told a chat, without an answer."""
    rows = bed.rows(
        "SELECT w.id, w.step, w.subject_id, w.state, w.reason, w.last_error, w.attempts,"
        " EXISTS (SELECT 1 FROM token_ledger t JOIN work o ON o.id = t.work_id WHERE t.outcome = 'unknown'"
        "  AND o.step = w.step AND o.subject_id = w.subject_id) AS paid FROM work w"
        " WHERE w.state IN ('due', 'leased', 'waiting', 'unknown', 'dead') AND w.step <> 'poll'"
    )
    gone = _files_of(bed, bed.gone)
    for row in rows:
        if row["state"] == "unknown" and row["paid"] and hold:
            continue
        if (row["step"], row["state"]) == ("deliver", "unknown"):  # to a chat, which has no key against doubles
            continue
        # After a kill the world may delete a message before its file was asked for: no worker can fetch it then.
        if (row["step"], row["state"], row["reason"]) == ("download", "dead", DELETED) and row["subject_id"] in gone:
            continue
        yield Violation("stuck", f"{row}")
    open_ = bed.one("SELECT count(*) FROM token_ledger WHERE ended_at IS NULL")
    if open_:
        yield Violation("stuck", f"{open_} calls in the token ledger have no end")


def _files_of(bed: Bed, messages: Collection[tuple[int, int]]) -> set[int]:
    """The media of these messages, as (channel, id)."""
    rows = bed.rows(
        "SELECT m.id, c.telegram_id, p.telegram_message_id FROM post_media m JOIN posts p ON p.id = m.post_id"
        " JOIN channels c ON c.id = p.channel_id"
    )
    return {row["id"] for row in rows if (row["telegram_id"], row["telegram_message_id"]) in messages}


def _paid(bed: Bed, *, hold: bool) -> Found:
    """One answer for each question of each row, and never fewer tokens in our ledger than in the provider's."""
    ledger = bed.models.ledger
    calls = [*ledger.readings(), *ledger.taggings(), *ledger.answers()]
    answered = Counter(call.question for call in calls)
    kept = [Kept(row["said"].removeprefix("chatcmpl-"), _row(row)) for row in bed.rows(KEPT)]
    booked = [Booked(_row(row), row["outcome"]) for row in bed.rows(BOOKED)]
    yield from (Violation("paid twice", what) for what in paid_twice(answered, kept, booked, hold=hold))
    yield from (
        Violation("wrong", f"an answer that was never given: {one}") for one in kept if not answered[one.question]
    )
    spent = bed.one("SELECT coalesce(sum(coalesce(settled, reserved)), 0) FROM token_ledger")
    if ledger.tokens > spent:
        yield Violation("wrong", f"the provider counts {ledger.tokens} tokens, we {spent}")


# The loopback models name the question in the id of their answer.
KEPT = (
    "SELECT step, subject_id, key, coalesce(answer->'body'->>'id', answer->'body'->>'message_id') AS said"
    " FROM raw_answers WHERE purpose = 'read' AND answer->'body' <> '{}'"
)
BOOKED = (
    "SELECT w.step, w.subject_id, t.key, t.outcome FROM token_ledger t JOIN work w ON w.id = t.work_id"
    " WHERE NOT t.repair AND t.outcome IS NOT NULL"
)


def _row(row: dict[str, Any]) -> Row:
    return row["step"], row["subject_id"], row["key"]


def _outbox(bed: Bed) -> Found:
    """Each event is sent, and heard by whoever subscribed unless Redis lost it; in order for each publication."""
    rows = bed.rows("SELECT id, idempotency_key, publication_id, published_at FROM outbox_events ORDER BY id")
    yield from (Violation("stuck", f"event {row['id']} is not sent") for row in rows if row["published_at"] is None)
    heard = bed.archive.heard()
    order = {row["idempotency_key"]: (row["publication_id"], row["id"]) for row in rows}
    if not bed.emptied:
        yield from (Violation("lost", f"event {key}") for key in order.keys() - set(heard))
    yield from (Violation("wrong", f"event {key} was never written") for key in set(heard) - order.keys())
    last: dict[int, int] = {}
    for key in dict.fromkeys(heard):
        publication, number = order.get(key, (0, 0))
        if number < last.get(publication, 0):
            yield Violation("wrong", f"event {key} came after a later one")
        last[publication] = number


def _verified(bed: Bed) -> Found:
    """`media-audit verify` finds nothing, beside the workers."""
    done = bed.command("verify", "--json")
    if done.returncode == 0:
        return
    checks = [check for check in json.loads(done.stdout or "[]") if not check["ok"]]
    yield from (Violation("wrong", f"verify says of {check['name']}: {check['examples']}") for check in checks)
    if not checks:
        yield Violation("wrong", f"verify ended with {done.returncode}: {done.stderr[-500:]}")


def _secrets(bed: Bed) -> Found:
    """No log holds a credential."""
    secrets = [bed.models.credentials, bed.models.api_key, bed.telegram.session()]
    for path in bed.home.glob("logs/*.log*"):
        text = path.read_text(errors="replace")
        if any(secret in text for secret in secrets) or re.search(r"Bearer (?!\*\*\*)\S", text):
            yield Violation("wrong", f"a secret stands in {path.name}")
