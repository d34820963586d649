"""Tags: every publication has its own, the same in each place that tells them, and their lineage adds up to them."""

from __future__ import annotations

import hashlib
import json

from app.demo.checks.evidence import Check, Evidence, differences, judged
from app.demo.expected import Together
from app.domain.enrichment import TagsMetadata
from app.models import Publication, TagChange

SPOKEN = 0.95  # share of the publications that must have a tag: it is 99%, four say too little
FIRST = "its first tags are not told"
HEARD = 0.9  # share of the hashtags that must be tags: no publication has more than seven tags


def tagged(found: Evidence) -> Check:
    """Checks that every publication has tags, made from its present readings, and is findable with just these."""
    wrong: list[str] = []
    empty = 0
    for one, row in found.publications:
        tags = found.tags.get(row.lead_post_id or 0)
        if tags is None:
            wrong.append(f"{one.keys[0]} has no tags")
            continue
        empty += not tags.tags
        wrong += differences(one.keys[0], _has(found, row, tags), _wanted(found, row, tags))
    count = len(found.documents)
    wrong += [f"{empty} without any tag"] if empty > (1 - SPOKEN) * len(found.publications) else []
    return judged("everything tagged and findable", count, "publications", wrong)


def _has(found: Evidence, row: Publication, tags: TagsMetadata) -> dict[str, object]:
    document = found.documents.get(row.id)
    return {
        "tags": tags.tags,
        "hash": tags.tags_hash,
        "status": tags.status,
        "features": tags.features_hash,
        "version": tags.tags_version,
        "index": document and (list(document.tag_list), document.tags.splitlines(), document.revision),
    }


def _wanted(found: Evidence, row: Publication, tags: TagsMetadata) -> dict[str, object]:
    vision = found.vision.get(row.lead_post_id or 0)
    own = sorted(set(tags.tags))
    return {
        "tags": own,
        "hash": hashlib.sha256(json.dumps(own, ensure_ascii=False).encode()).hexdigest(),
        "status": "ok",
        "features": vision.features_hash if vision else None,
        "version": vision.vision_version if vision else None,
        "index": (tags.tags, tags.tags, row.revision),
    }


def hashtags(found: Evidence) -> Check:
    """Checks that the hashtags of messages became tags of their publications."""
    wanted = [(one, row, word) for one, row in found.publications for word in _hashtags(found, one)]
    tags = {row.id: found.tags.get(row.lead_post_id or 0) for _, row in found.publications}
    heard = [word for _, row, word in wanted if (some := tags[row.id]) and word in some.tags]
    missed = [
        f"{one.keys[0]} {word}" for one, row, word in wanted if not (some := tags[row.id]) or word not in some.tags
    ]
    wrong = missed if len(heard) < HEARD * len(wanted) else []
    return judged("hashtags became tags", len(heard), f"of {len(wanted)} hashtags", wrong)


def _hashtags(found: Evidence, one: Together) -> list[str]:
    messages = [found.expected.final[key] for key in one.keys]
    wide = [(message.text.encode("utf-16-le"), mark) for message in messages for mark in message.entities]
    words = [text[2 * mark.offset : 2 * (mark.offset + mark.length)] for text, mark in wide if mark.kind == "Hashtag"]
    return list(
        dict.fromkeys(word.decode("utf-16-le")[1:].lower().replace("ё", "е").replace("_", " ") for word in words)
    )


def lineage(found: Evidence) -> Check:
    """Checks that a chain of rows tells how each publication came to its tags: first, after reading, after edits."""
    wrong: list[str] = []
    for one, row in found.publications:
        changes = found.changes.get(row.id, [])
        tags = found.tags.get(row.lead_post_id or 0)
        wrong += [f"{one.keys[0]}: {why}" for why in _gaps(found, one, changes, tags)]
    strays = found.changes.keys() - {row.id for _, row in found.publications}
    wrong += [f"rows about publication {id_}" for id_ in sorted(strays)]
    return judged("lineage of tags adds up", sum(map(len, found.changes.values())), "changes of tags", wrong)


def _gaps(found: Evidence, one: Together, changes: list[TagChange], tags: TagsMetadata | None) -> list[str]:
    triggers = [change.trigger for change in changes]
    pictures = bool(set(found.shown(one)) & found.expected.readable)
    edited = any(key in found.expected.earlier for key in one.keys)
    return [
        *([] if [c.reason for c in changes if c.trigger == "initial"] == ["initial"] == triggers[:1] else [FIRST]),
        *([] if not pictures or _saw(changes) else ["tags after reading are not told"]),
        *([] if not edited or "edit" in triggers else ["tags after an edit are not told"]),
        *([] if tags and _sum(changes) == set(tags.tags) else ["its rows add up to other tags"]),
        *([] if tags and changes and _made(changes[-1]) == _stated(tags) else ["its last row is about other tags"]),
        *([] if _is_chain(changes) else ["a row does not begin where the one before ended"]),
    ]


def _saw(changes: list[TagChange]) -> bool:
    """Whether some tags were made with a reading at hand."""
    return any(change.to_features and change.to_version for change in changes)


def _sum(changes: list[TagChange]) -> set[str]:
    tags: set[str] = set()
    for change in changes:
        tags = (tags - set(change.removed)) | set(change.added)
    return tags


def _made(change: TagChange) -> tuple[object, ...]:
    made = (change.to_features, change.to_version, change.tagger_version, change.tagger_input_hash)
    return (*made, change.trigger, change.revision)


def _stated(tags: TagsMetadata) -> tuple[object, ...]:
    made = (tags.features_hash, tags.tags_version, tags.tagger_version, tags.tagger_input_hash)
    return (*made, tags.trigger, tags.revision)


def _is_chain(changes: list[TagChange]) -> bool:
    ends = [(change.to_features, change.to_version) for change in changes]
    begins = [(change.from_features, change.from_version) for change in changes]
    return begins[1:] == ends[:-1] and begins[:1] in ([], [(None, None)])
