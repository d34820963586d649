"""Publications and albums: which messages belong together, in which order, and the words of each as one."""

from __future__ import annotations

from collections import Counter, defaultdict

from sqlalchemy import func, select

from app.demo.checks.evidence import Check, Evidence, differences, facts_of, judged
from app.demo.expected import Key, Together
from app.models import MediaGroup, MediaGroupItem, Post, Publication


def publications(found: Evidence) -> Check:
    """Checks that each album and each lone message is one publication, with its text, its date and its leading post."""
    count = found.session.scalar(select(func.count()).select_from(Publication)) or 0
    wanted = found.expected.publications
    wrong: list[object] = [] if count == len(wanted) else [f"{count} instead of {len(wanted)}"]
    known = {one for one, _ in found.publications}
    wrong += [one.keys[0] for one in wanted if one not in known]
    wrong += [key for key, post in found.posts.items() if post.service and post.publication_id is not None]
    for one, row in found.publications:
        wrong += differences(one.keys[0], _publication(found, one, row), _wanted(found, one))
    return judged("albums and lone posts", count, "publications", wrong)


def _publication(found: Evidence, one: Together, row: Publication) -> dict[str, object]:
    posts = [post for key in one.keys if (post := found.posts.get(key))]
    return {
        **facts_of(row, ("grouped_id", "text", "posted_at")),
        "items": [post.telegram_message_id for post in posts if post.publication_id == row.id],
        "leads": [post.telegram_message_id for post in posts if post.id == row.lead_post_id],
        "deleted": row.deleted_at is not None,
        "persisted": row.persisted_revision == row.revision,
        "revised": row.revision > found.expected.changes(one),
        "known by its content and trace": bool(row.fingerprint and row.trace_id),
    }


def _wanted(found: Evidence, one: Together) -> dict[str, object]:
    return {
        "grouped_id": one.grouped_id,
        "text": found.expected.words(one),
        "posted_at": found.expected.final[one.keys[0]].date,
        "items": list(one.items),
        "leads": [one.items[0]],
        "deleted": found.expected.deleted.issuperset(one.keys),
        "persisted": True,
        "revised": True,
        "known by its content and trace": True,
    }


def albums(found: Evidence) -> Check:
    """Checks items, their places from 0, kind, count and caption, and that each album is complete."""
    places: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    query = (
        select(MediaGroup.channel_id, MediaGroup.grouped_id, MediaGroupItem.position, Post.telegram_message_id)
        .join(MediaGroupItem, MediaGroupItem.group_id == MediaGroup.id)
        .join(Post, Post.id == MediaGroupItem.post_id)
        .order_by(MediaGroup.id, MediaGroupItem.position)
    )
    for channel, grouped_id, position, message in found.session.execute(query):
        places[found.channels[channel], grouped_id].append((position, message))
    owners = {(one.channel, one.grouped_id): row.id for one, row in found.publications}
    wrong: list[object] = [album for album in found.expected.albums if album not in places]
    for group in found.session.scalars(select(MediaGroup)):
        key = (found.channels[group.channel_id], group.grouped_id)
        has = {"items": places[key], "owner": group.publication_id, **_album(group)}
        wrong += differences(key, has, {"owner": owners.get(key), **_wanted_album(found, key)})
    return judged("albums whole and in order", len(places), "albums", wrong)


def _album(group: MediaGroup) -> dict[str, object]:
    return {
        **facts_of(group, ("items_count", "state", "album_kind", "caption")),
        "completed": group.completed_at is not None,
    }


def _wanted_album(found: Evidence, key: Key) -> dict[str, object]:
    items = found.expected.albums.get(key, [])
    kinds = {file.kind for item in items if (file := found.expected.final[key[0], item].file)}
    return {
        "items": list(enumerate(items)),
        "items_count": len(items),
        "state": "complete",
        "album_kind": kinds.pop() if len(kinds) == 1 and kinds <= {"photo", "video"} else "mixed",
        "caption": found.expected.caption(key) if items else "",
        "completed": True,
    }


def kinds(found: Evidence) -> Check:
    """Checks the number of albums of each kind."""
    rows = found.session.execute(select(MediaGroup.album_kind, func.count()).group_by(MediaGroup.album_kind))
    count = Counter(dict(rows.all()))
    facts = found.expected.facts
    wanted = {"photo": facts.photo_albums, "video": facts.video_albums, "mixed": facts.mixed_albums}
    wrong = [f"{count[kind]} {kind} instead of {number}" for kind, number in wanted.items() if count[kind] != number]
    return Check("kinds of albums", not wrong, ", ".join(wrong or [f"{n} {kind}" for kind, n in wanted.items()]))


def late(found: Evidence) -> Check:
    """Checks that each item that came later is in the album that was there, under a new revision."""
    rows = {(one.channel, one.grouped_id): row for one, row in found.publications}
    items = set(found.session.scalars(select(MediaGroupItem.post_id)))
    wanted = found.expected.late
    wrong = [
        key
        for key, group in wanted.items()
        if (post := found.posts.get(key)) is None
        or (row := rows.get((key[0], group))) is None
        or (post.publication_id, post.id in items, row.revision > 1) != (row.id, True, True)
    ]
    return judged("late items joined their album", len(wanted), "late items", wrong)
