"""The canonical form of the readings of a publication's files, and its hash."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from app.domain.reading import Reading


def canonical(reading: Reading) -> dict[str, Any]:
    """The part of a reading that tags depend on: names and words only, without floats, order and white space.

    Words are in NFC (https://unicode.org/reports/tr15/): й as one code point and и with a breve are the same letter to
    a reader, and models write both. Not in NFKC: ² and 2 differ for a reader.
    """
    return {
        "classification": reading.classification.value,
        "is_meme": reading.is_meme,
        "labels": sorted({_composed(label.name) for label in reading.labels}),
        "ocr": _composed(reading.text).split(),
        "description": " ".join(_composed(reading.description or "").split()),
        "language": reading.language or "",
    }


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def features_hash(readings: Mapping[str, Reading]) -> str:
    """sha256 hex over the canonical JSON of the distinct readable files (keys: their sha256), sorted by key."""
    content = [canonical(readings[sha256]) for sha256 in sorted(readings)]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
