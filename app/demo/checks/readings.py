"""Readings: each picture, film and page is read, its words are found, and its reading reaches its publication."""

from __future__ import annotations

import re
from dataclasses import asdict

from app.demo.checks.evidence import Check, Evidence, Read, differences, judged
from app.domain.enrichment import ItemVision
from app.domain.kinds import Classification

WORD = re.compile(r"[^\W\d_]{4,}")
WORDS = 0.8  # share of the words in pictures that OCR must find: it finds 97%
INVENTED = 0.05  # share of the pictures without words in which OCR may see some
KINDS = 0.8  # share of the pictures whose kind must be told: it is 93%
LABELLED = 0.5  # share of the photographs that must have labels: it is two thirds


def read(found: Evidence) -> Check:
    """Checks that each file with a reader has one reading, whole or, if damaged, in part; and that no other has."""
    wanted = found.expected.readable
    wrong = [name[:12] for name in wanted if not _is_read(found, name)]
    wrong += [name[:12] for name in found.readings.keys() - wanted]
    return judged("every picture, film and page read", len(wanted), "files", wrong)


def _is_read(found: Evidence, name: str) -> bool:
    some = found.readings.get(name, [])
    if len(some) != 1 or some[0].vision_version not in found.chain:
        return False
    statuses = ("ok", "partial") if name in found.expected.damaged else ("ok",)
    return some[0].status in statuses and _is_whole(found, name, some[0])


def _is_whole(found: Evidence, name: str, one: Read) -> bool:
    seen = one.reading
    if seen is None or not one.kept:
        return False
    if name not in found.expected.pictured:
        return bool(seen.text)
    return bool(seen.phash and seen.colours) and seen.nsfw is not None


def words(found: Evidence) -> Check:
    """Checks that OCR finds words in each picture that has some, most of all words, and hardly any elsewhere."""
    seen = {name: _words(_ocr(found, name)) for name in found.expected.facts.texts}
    wanted = {name: _words(text) for name, text in found.expected.facts.texts.items()}
    written = [name for name, some in wanted.items() if some]
    silent = [name for name, text in found.expected.facts.texts.items() if not text]
    wrong: list[object] = [name[:12] for name in written if not wanted[name] & seen[name]]
    hits, count = sum(len(wanted[n] & seen[n]) for n in written), sum(len(wanted[n]) for n in written)
    wrong += [f"{hits} of {count} words"] if hits < WORDS * count else []
    invented = [name[:12] for name in silent if seen[name]]
    wrong += [f"words in {len(invented)} pictures without any"] if len(invented) > INVENTED * len(silent) else []
    return judged("words in pictures read", hits, f"of {count} words", wrong)


def _ocr(found: Evidence, name: str) -> str:
    """The words that its reading has."""
    readings = [one.reading for one in found.readings.get(name, []) if one.reading]
    return "\n".join(reading.text for reading in readings if reading.text)


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}


def kinds(found: Evidence) -> Check:
    """Checks that most pictures are of the kind that they are without dispute."""
    wanted = found.expected.facts.kinds
    right = [name for name, kind in wanted.items() if _kind(found, name) is kind]
    wrong = [f"{len(right)} of {len(wanted)}"] if len(right) < KINDS * len(wanted) else []
    return judged("kinds of pictures told", len(right), f"of {len(wanted)} pictures", wrong)


def _kind(found: Evidence, name: str) -> Classification | None:
    return next((one.reading.classification for one in found.readings.get(name, []) if one.reading), None)


def labels(found: Evidence) -> Check:
    """Checks that most photographs have names of things on them."""
    photos = [name for name, kind in found.expected.facts.kinds.items() if kind is Classification.PHOTO]
    named = [name for name in photos if any(one.reading and one.reading.labels for one in found.readings.get(name, []))]
    wrong = [f"{len(named)} of {len(photos)}"] if len(named) < LABELLED * len(photos) else []
    return judged("things on photographs named", len(named), f"of {len(photos)} photographs", wrong)


def merged(found: Evidence) -> Check:
    """Checks that the readings of each publication's files reach it, in order and unchanged; also of no other files."""
    wrong: list[str] = []
    count = 0
    for one, row in found.publications:
        keys = [key for key in one.keys if found.expected.files.get(key) in found.expected.readable]
        vision = found.vision.get(row.lead_post_id or 0)
        wanted = _wanted(found, keys)
        count += bool(keys)
        if vision is None or not keys:
            wrong += [f"{one.keys[0]}"] if keys or vision is not None else []
            continue
        has = {
            "items": [_item(item) for item in vision.items],
            "status": vision.status,
            "version": vision.vision_version,
            "revision": vision.revision,
        }
        wrong += differences(one.keys[0], has, {**wanted, "revision": row.revision})
    return judged("readings joined to their posts", count, "publications", wrong)


def _wanted(found: Evidence, keys: list[tuple[int, int]]) -> dict[str, object]:
    names = list(dict.fromkeys(found.expected.files[key] for key in keys))
    messages = {
        name: [number for channel, number in keys if found.expected.files[channel, number] == name] for name in names
    }
    readings = [one for name in names for one in found.readings.get(name, [])]
    return {
        "items": [_reading(name, messages[name], one) for name in names for one in found.readings.get(name, [])],
        "status": "ok" if all(one.status == "ok" for one in readings) else "partial",
        "version": min((one.vision_version for one in readings), default=0),
    }


def _reading(name: str, messages: list[int], one: Read) -> dict[str, object]:
    reading = one.reading
    if reading is None:
        return {}
    return {
        "sha256": name,
        "message_ids": messages,
        "vision_version": one.vision_version,
        "labels": [label.name for label in reading.labels],
        "ocr_text": reading.text,
        "texts": tuple(map(asdict, reading.texts)),
        "pages": reading.pages and asdict(reading.pages),
        **{name: getattr(reading, name) for name in SAME},
    }


SAME = ("classification", "is_meme", "description", "language", "nsfw", "phash")


def _item(item: ItemVision) -> dict[str, object]:
    return item.model_dump()
