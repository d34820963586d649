"""Posts, albums, files, readings, tags and index are what Telegram has, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from app.demo.world import File, Message
from tests.chaos.nemesis.bed import Bed
from tests.chaos.nemesis.violation import Found, Violation

Key = tuple[int, int]  # (channel, message)


def check(bed: Bed) -> Found:
    """Everything in the rows and in the store that is not as it should be."""
    for look in (_channels, _posts, _albums, _publications, _files, _readings, _enrichments):
        yield from look(bed)


def living(bed: Bed) -> dict[Key, Message]:
    """The messages as Telegram has them now."""
    return {(c.telegram_id, n): m for c in bed.scene.channels for n, m in c.messages.items()}


def _channels(bed: Bed) -> Found:
    """Each channel has the name and title that Telegram shows today, no limits, and nothing unread."""
    rows = {row["telegram_id"]: row for row in bed.rows("SELECT * FROM channels")}
    for channel in bed.scene.channels:
        row = rows.get(channel.telegram_id)
        if row is None:
            yield Violation("lost", f"channel {channel.telegram_id}")
            continue
        if (row["username"], row["title"]) != (channel.username, channel.title):
            yield Violation("wrong", f"channel {channel.telegram_id} is called {row['username']}, {row['title']!r}")
        if row["last_error"] or row["restriction"] or row["hidden_until"]:
            yield Violation("wrong", f"channel {channel.telegram_id} still says that Telegram keeps something: {row}")
        if row["backfill_cursor"] != 0 or row["history_left_before"]:
            yield Violation("lost", f"the history of channel {channel.telegram_id}: {row['backfill_cursor']}")


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
        elif row["text"] not in {version.text for version in bed.versions.get(key, ())}:
            yield Violation("wrong", f"post {key} is {row['text']!r}, as it never was")


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
    "SELECT c.telegram_id AS channel, g.grouped_id, g.items_count, g.album_kind, g.caption, g.state, p.lead_post_id,"
    " p.revision, p.persisted_revision, p.text AS said,"
    " (SELECT array_agg(o.text ORDER BY i.position) FROM media_group_items i"
    "  JOIN posts o ON o.id = i.post_id WHERE i.group_id = g.id) AS texts,"
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
        yield from album(row, wanted.get((row["channel"], row["grouped_id"]), []), bed.gone, bed.versions)


def album(row: dict[str, Any], wanted: list[int], gone: set[Key], versions: Mapping[Key, Sequence[Message]]) -> Found:
    """One album: its items in order, its kind by their files, its caption by their texts."""
    name = f"album {row['channel']}/{row['grouped_id']}"
    ids = row["ids"] or []
    files = [made[-1].file for number in ids if (made := versions.get((row["channel"], number)))]
    kinds = {file.kind for file in files if file is not None}
    kind = kinds.pop() if len(kinds) == 1 and kinds <= {"photo", "video"} else "mixed"
    if row["album_kind"] != kind:
        yield Violation("wrong", f"{name} is {row['album_kind']}, not {kind}")
    # The texts are those of the posts, which are compared with Telegram one by one.
    caption = "\n\n".join(text.strip() for text in row["texts"] or () if text.strip())
    if (row["caption"], row["said"]) != (caption, caption):
        yield Violation("wrong", f"{name} says {row['caption']!r}, its publication {row['said']!r}, not {caption!r}")
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
