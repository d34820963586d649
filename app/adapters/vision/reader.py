"""Turns frames into one reading: runs each model on each frame, and combines the results.

Imports all heavy libraries, so only the process that reads imports this module (see local.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.adapters.vision.colours import dominant_colours
from app.adapters.vision.features import picture_facts
from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.labels import labels, probabilities
from app.adapters.vision.language import language
from app.adapters.vision.long_pictures import read_any
from app.adapters.vision.nsfw import nsfw_score
from app.adapters.vision.ocr import Text, engine_name
from app.adapters.vision.phash import inspected, phash
from app.adapters.vision.pixels import Pixels, measure
from app.adapters.vision.scaling import whole
from app.adapters.vision.strips import left_out
from app.adapters.vision.tessdata import Tessdata
from app.domain.images import classify, clean_text, join_texts
from app.domain.kinds import Classification
from app.domain.page_texts import Texts, texts
from app.domain.reading import OWN_TEXT, Analysis, Label, Ocr, Reading

# The label network knows photographs; for pages, charts and chats its only labels are "website" and "menu".
LABELLED = frozenset({Classification.PHOTO, Classification.MEME, Classification.OTHER})


@dataclass(frozen=True)
class Seen:
    """The results of one frame."""

    classification: Classification
    labels: tuple[Label, ...]
    nsfw: float
    text: str  # recognised; empty where the file itself has the text
    confidence: float | None  # None without recognised text
    pixels: Pixels
    words: int
    engine: str  # of its text
    strips: int = 1  # that were recognised
    left_out: str | None = None  # the part that was not, in words


def analyse(opened: Opened, tessdata: Tessdata) -> Analysis:
    """The reading of all frames, and a raw answer with the facts behind it."""
    seen = [_see(frame, tessdata, page_like=opened.page_like) for frame in opened.frames]
    reading = _combined(opened, seen)
    problems = list(dict.fromkeys(one.left_out for one in seen if one.left_out))
    return Analysis(
        reading=reading,
        raw={"frames": [_raw(one) for one in seen], "problems": problems},
        inspection=inspected(opened),
        status="partial" if problems else "ok",
    )


def _see(frame: Frame, tessdata: Tessdata, *, page_like: bool) -> Seen:
    image, pixels = frame.image, measure(frame.image)
    found = Text() if frame.text is not None else read_any(image, pixels, tessdata)
    kind = Classification.DOCUMENT if page_like else classify(picture_facts(image.size, pixels, found))
    return Seen(
        classification=kind,
        labels=labels(probabilities(image)) if kind in LABELLED else (),
        nsfw=nsfw_score(whole(image)),
        text=found.text,
        confidence=found.confidence,
        pixels=pixels,
        words=len(found.words),
        engine=engine_name(tessdata.languages),
        strips=found.strips,
        left_out=left_out(image.size, read=found.strips) if frame.text is None else None,
    )


def _combined(opened: Opened, seen: Sequence[Seen]) -> Reading:
    images = [frame.image for frame in opened.frames]
    kind = _commonest(seen)
    both = _texts(opened, seen)
    reading = Reading(
        classification=kind,
        is_meme=kind is Classification.MEME,
        labels=_best_labels(seen),
        ocr=both.ocr,
        nsfw=max((one.nsfw for one in seen), default=None),
        colours=dominant_colours(images) if images else (),
        phash=phash(images[0]) if images else None,
        own=both.own,
        pages=both.pages_read(opened.inspection.pages, sum(frame.text is None for frame in opened.frames)),
    )
    return reading.model_copy(update={"language": language(reading.text)})


def _commonest(seen: Sequence[Seen]) -> Classification:
    """The kind of most frames, the earliest one if several tie; a file without frames is a text, so a document."""
    counts = Counter(one.classification for one in seen)
    return counts.most_common(1)[0][0] if counts else Classification.DOCUMENT


def _best_labels(seen: Sequence[Seen]) -> tuple[Label, ...]:
    """Each name with its highest score over the frames, best first."""
    best: dict[str, float] = {}
    for label in (label for one in seen for label in one.labels):
        best[label.name] = max(label.score, best.get(label.name, 0.0))
    return tuple(
        Label(name=name, score=score) for name, score in sorted(best.items(), key=lambda item: (-item[1], item[0]))
    )


def _texts(opened: Opened, seen: Sequence[Seen]) -> Texts:
    """The recognised text and that of the file itself."""
    if opened.text is not None:
        text = clean_text(opened.text)
        return Texts(Ocr(text=text, engine=OWN_TEXT) if text else None)
    pages = {layer.page: one.text for frame, one in zip(opened.frames, seen, strict=True) for layer in frame.layers}
    return texts(_ocr(seen), opened.layers, lambda layer: pages.get(layer.page, ""))


def _ocr(seen: Sequence[Seen]) -> Ocr | None:
    """The OCR result, None without text. The confidence is the mean of recognised frames, weighted by words."""
    text = join_texts(one.text for one in seen)
    recognised = [(one.confidence, one.words) for one in seen if one.confidence is not None]
    if not text or not recognised:
        return None
    total = sum(words for _, words in recognised)
    confidence = sum(confidence * words for confidence, words in recognised) / total
    return Ocr(text=text, engine=seen[0].engine, confidence=round(confidence, 3))


def _raw(one: Seen) -> dict[str, object]:
    """The facts behind the frame's kind, for `explain`."""
    return {
        "classification": one.classification.value,
        "words": one.words,
        "flat": round(one.pixels.flat, 3),
        "background": round(one.pixels.background, 3),
        "paper": one.pixels.paper,
        "vivid": round(one.pixels.vivid, 3),
        "bar": one.pixels.bar,
        **({"strips": one.strips} if one.strips > 1 else {}),
    }
