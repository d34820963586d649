"""Recognises a long picture in strips, as one text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from app.adapters.vision.large_print import large, large_lines, replaced
from app.adapters.vision.ocr import Text, read_text
from app.adapters.vision.pixels import Pixels, measure
from app.adapters.vision.scaling import whole
from app.adapters.vision.seams import Part, abreast, placed, stacked
from app.adapters.vision.strips import boxes, spans
from app.adapters.vision.tessdata import Tessdata
from app.adapters.vision.tuning import TUNING
from app.adapters.vision.words import Word


def read_any(image: Image.Image, pixels: Pixels, data: Tessdata) -> Text:
    """The text of a picture of any length. pixels: those of all of it. data: of the languages."""
    if len(spans(image.size)) == 1:
        return read_text(image, pixels, data)
    texts = _strips(image, data)
    turn = _turn(texts)
    if turn:  # a strip alone knows nothing of the order of a sideways page
        image = image.rotate(turn, expand=True)
        texts = _strips(image, data)
    text = _joined(image, texts)
    if large(text.words, image.size):
        text = _with_large(text, image, data)
    return replace(text, angle=turn, strips=len(texts))


def _with_large(text: Text, image: Image.Image, data: Tessdata) -> Text:
    """The text with words that are longer than the overlap of strips, from a look at the whole picture."""
    small = whole(image)
    seen = read_text(small, measure(small), data)
    if seen.angle:
        return text
    found = large_lines(seen.lines, image.width / seen.width, image.size)
    return replace(text, lines=replaced(text.lines, found, image.size))


def _strips(image: Image.Image, data: Tessdata) -> list[Text]:
    """The texts of the strips in order, until there are letters enough."""
    texts: list[Text] = []
    letters = 0
    for box in boxes(image.size):
        part = image.crop(box)
        texts.append(read_text(part, measure(part), data))
        letters += sum(word.letters for word in texts[-1].words)
        if letters >= TUNING.strip_letters:
            break
    return texts


def _turn(texts: Sequence[Text]) -> int:
    """The quarter turn that most words needed, in degrees counter-clockwise."""
    turns: Counter[int] = Counter()
    for text in texts:
        turns[round(text.angle / 90) % 4 * 90] += sum(word.letters for word in text.words)
    return turns.most_common(1)[0][0] if turns.total() else 0


def _joined(image: Image.Image, texts: Sequence[Text]) -> Text:
    parts = [
        Part(span, tuple(tuple(_word(word, text, box, number) for word in line) for line in text.lines))
        for number, (span, box, text) in enumerate(zip(spans(image.size), boxes(image.size), texts, strict=False))
    ]
    lines = abreast(parts) if image.width > image.height else stacked(parts)
    return Text(lines, *image.size)


def _word(word: Word, text: Text, box: tuple[int, int, int, int], part: int) -> Word:
    """The word at its place in the whole picture; of a skewed strip, its middle is turned back."""
    if not text.angle:
        return placed(word, box[0], box[1], part)
    across, down = word.left + (word.width - text.width) / 2, word.top + (word.height - text.height) / 2
    sine, cosine = math.sin(math.radians(text.angle)), math.cos(math.radians(text.angle))
    left = (box[0] + box[2] - word.width) / 2 + across * cosine - down * sine
    top = (box[1] + box[3] - word.height) / 2 + across * sine + down * cosine
    return placed(replace(word, left=round(left), top=round(top)), 0, 0, part)
