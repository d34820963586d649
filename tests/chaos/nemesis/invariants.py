"""What must hold after a quiet period, whatever struck before: asked of the tables, the store and the ledgers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from app.demo.world import File, Message
from tests.chaos.nemesis.bed import Bed


@dataclass(frozen=True)
class Violation:
    """kind: lost, doubled, paid twice, stuck or wrong."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


Found = Iterator[Violation]
Key = tuple[int, int]


def check(bed: Bed, promised: str) -> list[Violation]:
    """Everything that does not hold. promised: what was said of questions without an answer, hold or retry."""
    looks: tuple[Callable[[Bed], Found], ...] = (
        *LOOKS,
        partial(_work, hold=promised == "hold"),
        partial(_paid, hold=promised == "hold"),
    )
    return [violation for look in looks for violation in look(bed)]


def living(bed: Bed) -> dict[Key, Message]:
    """(channel, id) -> the message as Telegram has it now."""
    return {(c.telegram_id, n): m for c in bed.scene.channels for n, m in c.messages.items()}


POSTS = (
    "SELECT c.telegram_id AS channel, p.telegram_message_id AS id, p.text, p.status, p.deleted_at, p.grouped_id,"
    " p.publication_id, m.sha256, m.kind AS medium FROM posts p JOIN channels c ON c.id = p.channel_id"
    " LEFT JOIN post_media m ON m.post_id = p.id AND m.replaced_at IS NULL"
)


def _posts(bed: Bed) -> Found:
    """Every message once, as it is there now; what was deleted is kept and known as deleted."""
    rows = bed.rows(POSTS)
    seen = Counter((row["channel"], row["id"]) for row in rows)
    there = living(bed)
    yield from (Violation("doubled", f"post {key}") for key, count in seen.items() if count > 1)
    yield from (Violation("lost", f"post {key}") for key in there.keys() - seen.keys())
    yield from (Violation("wrong", f"post {key} never was") for key in seen.keys() - there.keys() - bed.gone)
    for row in rows:
        key = (row["channel"], row["id"])
        message = there.get(key)
        if (message is None) != (row["deleted_at"] is not None):
            yield Violation("wrong", f"post {key} deleted_at {row['deleted_at']}")
        if message is not None:
            yield from _post(key, message, row)


def _post(key: Key, message: Message, row: dict[str, Any]) -> Found:
    if (row["text"], row["grouped_id"], row["status"]) != (message.text, message.grouped_id, "ok"):
        yield Violation("wrong", f"post {key} is {row['text']!r}, not {message.text!r}")
    if row["publication_id"] is None:
        yield Violation("lost", f"the publication of post {key}")
    if message.file is not None and row["sha256"] != _hash(message.file):
        yield Violation("lost", f"the file of post {key}: {row['sha256']}")


def _hash(file: File) -> str:
    return sha256(file.read()).hexdigest()


ALBUMS = (
    "SELECT c.telegram_id AS channel, g.grouped_id, g.items_count, g.album_kind, g.state, p.lead_post_id, p.revision,"
    " p.persisted_revision,"
    " (SELECT array_agg(o.telegram_message_id ORDER BY i.position) FROM media_group_items i"
    "  JOIN posts o ON o.id = i.post_id WHERE i.group_id = g.id) AS ids,"
    " (SELECT array_agg(i.position ORDER BY i.position) FROM media_group_items i WHERE i.group_id = g.id) AS at,"
    " (SELECT min(o.id) FROM posts o WHERE o.publication_id = p.id AND o.telegram_message_id ="
    "  (SELECT min(q.telegram_message_id) FROM posts q WHERE q.publication_id = p.id)) AS lead"
    " FROM media_groups g JOIN publications p ON p.id = g.publication_id JOIN channels c ON c.id = g.channel_id"
)


def _albums(bed: Bed) -> Found:
    """Each grouped_id is one album with all its items in order."""
    wanted: dict[Key, list[int]] = {}
    for (channel, number), message in sorted(living(bed).items()):
        if message.grouped_id is not None:
            wanted.setdefault((channel, message.grouped_id), []).append(number)
    rows = bed.rows(ALBUMS)
    count = Counter((row["channel"], row["grouped_id"]) for row in rows)
    yield from (Violation("lost", f"album {key}") for key in wanted.keys() - count.keys())
    yield from (Violation("doubled", f"album {key}") for key, number in count.items() if number > 1)
    for row in rows:
        yield from _album(row, wanted.get((row["channel"], row["grouped_id"]), []), bed.gone)


def _album(row: dict[str, Any], wanted: list[int], gone: set[Key]) -> Found:
    name = f"album {row['channel']}/{row['grouped_id']}"
    ids = row["ids"] or []
    kept = [number for number in ids if (row["channel"], number) not in gone]
    if kept != wanted:
        yield Violation("lost", f"{name} has {kept}, not {wanted}")
    if ids != sorted(ids) or row["at"] != list(range(len(ids))) or row["items_count"] != len(ids):
        yield Violation("wrong", f"{name}: positions {row['at']}, count {row['items_count']}, ids {ids}")
    if row["state"] != "complete" or row["persisted_revision"] != row["revision"] or row["lead"] != row["lead_post_id"]:
        yield Violation("wrong", f"{name}: {row}")


def _publications(bed: Bed) -> Found:
    """One for each album and lone post; each of its posts is in no other (a post has one)."""
    rows = bed.rows(
        "SELECT p.id, p.grouped_id, count(o.id) AS posts FROM publications p"
        " LEFT JOIN posts o ON o.publication_id = p.id GROUP BY p.id"
    )
    for row in rows:
        if not row["posts"] or (row["grouped_id"] is None and row["posts"] != 1):
            yield Violation("wrong", f"publication {row['id']} has {row['posts']} posts")


def _files(bed: Bed) -> Found:
    """The store holds what the rows name, whole."""
    for row in bed.rows("SELECT sha256, size FROM media_files"):
        name = row["sha256"]
        path = bed.home / "media" / name[:2] / name[2:4] / name
        if not path.is_file():
            yield Violation("lost", f"the bytes of {name}")
        elif sha256(path.read_bytes()).hexdigest() != name:
            yield Violation("wrong", f"the bytes of {name}")


def _readings(bed: Bed) -> Found:
    """Each file that a post has now is read, or it is known why not."""
    rows = bed.rows(
        "SELECT f.sha256, (SELECT json_agg(w) FROM work w WHERE w.step = 'analyze' AND w.subject_id = f.id) AS work"
        " FROM media_files f WHERE EXISTS"
        " (SELECT 1 FROM post_media m WHERE m.sha256 = f.sha256 AND m.replaced_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM media_vision v WHERE v.media_file_id = f.id)"
        " AND NOT EXISTS (SELECT 1 FROM work w WHERE w.step = 'analyze' AND w.subject_id = f.id"
        "  AND (w.state = 'unknown' OR (w.state = 'skipped' AND w.reason IS NOT NULL)))"
        " AND (f.mime LIKE 'image/%%' OR f.mime LIKE 'video/%%')"
    )
    yield from (Violation("lost", f"the reading of {row['sha256'][:12]}: {row['work']}") for row in rows)


def _enrichments(bed: Bed) -> Found:
    """Each publication is tagged and found as it is now."""
    rows = bed.rows(
        "SELECT p.id, p.revision, d.revision AS indexed, t.id AS tags,"
        " t.metadata->>'features_hash' AS tagged_with, v.metadata->>'features_hash' AS features,"
        " v.id AS vision FROM publications p"
        " LEFT JOIN search_documents d ON d.publication_id = p.id"
        " LEFT JOIN post_enrichment t ON t.post_id = p.lead_post_id AND t.kind = 'tags'"
        " LEFT JOIN post_enrichment v ON v.post_id = p.lead_post_id AND v.kind = 'vision'"
    )
    for row in rows:
        # A paid tagging without an answer is listed as unknown.
        unknown = bed.rows("SELECT 1 FROM work WHERE step = 'tag' AND subject_id = %s AND state = 'unknown'", row["id"])
        if row["tags"] is None and not unknown:
            yield Violation("lost", f"the tags of publication {row['id']}")
        if row["indexed"] != row["revision"]:
            yield Violation("lost", f"publication {row['id']} is indexed at {row['indexed']}, not {row['revision']}")
        if row["tags"] and row["vision"] and row["tagged_with"] != row["features"] and not unknown:
            yield Violation("wrong", f"publication {row['id']} is tagged with features that it has no longer")
    strays = bed.one(
        "SELECT count(*) FROM post_enrichment e WHERE NOT EXISTS"
        " (SELECT 1 FROM publications p WHERE p.lead_post_id = e.post_id)"
    )
    if strays:
        yield Violation("wrong", f"{strays} enrichments are on posts that lead nothing")


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
    """Nothing is open, nothing died; unknown is only what was paid for without an answer."""
    rows = bed.rows(
        "SELECT w.id, w.step, w.subject_id, w.state, w.reason, w.last_error, w.attempts,"
        " EXISTS (SELECT 1 FROM token_ledger t JOIN work o ON o.id = t.work_id WHERE t.outcome = 'unknown'"
        "  AND o.step = w.step AND o.subject_id = w.subject_id) AS paid FROM work w"
        " WHERE w.state IN ('due', 'leased', 'waiting', 'unknown', 'dead') AND w.step <> 'poll'"
    )
    for row in rows:
        if row["state"] == "unknown" and row["paid"] and hold:
            continue
        yield Violation("stuck", f"{row}")
    open_ = bed.one("SELECT count(*) FROM token_ledger WHERE ended_at IS NULL")
    if open_:
        yield Violation("stuck", f"{open_} calls in the token ledger have no end")


def _paid(bed: Bed, *, hold: bool) -> Found:
    """One answered question for each file and recipe, and never fewer tokens in our ledger than in the provider's."""
    calls = [*bed.models.ledger.readings(), *bed.models.ledger.taggings()]
    asked = Counter(call.question for call in calls)
    repeated = {question: count for question, count in asked.items() if count > 1}
    # Equal posts without pictures are one question: each publication asks it.
    allowed = bed.one(
        "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(DISTINCT w.subject_id) AS n FROM token_ledger t"
        " JOIN work w ON w.id = t.work_id WHERE t.purpose = 'tags' AND NOT t.repair GROUP BY t.key) k"
    )
    if not hold:
        allowed += bed.one("SELECT count(*) FROM token_ledger WHERE outcome IN ('unknown', 'waived')")
    over = sum(count - 1 for count in repeated.values())
    if over > allowed:
        yield Violation("paid twice", f"{over} answers more than questions, {allowed} explained: {len(repeated)} files")
    spent = bed.one("SELECT coalesce(sum(coalesce(settled, reserved)), 0) FROM token_ledger")
    if bed.models.ledger.tokens > spent:
        yield Violation("wrong", f"the provider counts {bed.models.ledger.tokens} tokens, we {spent}")


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


def _secrets(bed: Bed) -> Found:
    """No log holds a credential."""
    secrets = [bed.models.credentials, bed.models.api_key, bed.telegram.session()]
    for path in bed.home.glob("logs/*.log*"):
        text = path.read_text(errors="replace")
        if any(secret in text for secret in secrets) or re.search(r"Bearer (?!\*\*\*)\S", text):
            yield Violation("wrong", f"a secret stands in {path.name}")


LOOKS: tuple[Callable[[Bed], Found], ...] = (
    *(_posts, _albums, _publications, _files, _readings, _enrichments, _tagged_once),
    *(_outbox, _secrets),
)
