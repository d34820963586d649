"""Reads text in pictures: Tesseract in the languages of the setting, with only the passes that a picture needs.

Every picture gets one search for lines (layout.py) and one recognition. Pages that are sideways, upside down or skewed
and white captions over a photograph get further passes; so do pages in Ukrainian, which the first pass takes for bad
Russian.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# Tesseract's OpenMP threads spin while they wait and slow down a busy machine; the library reads this when it loads.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import tesserocr
from PIL import Image, ImageOps

from app.adapters.vision.foreign import may_be_foreign, reads_better
from app.adapters.vision.layout import Lines, even_ground, find_lines, white_text
from app.adapters.vision.pixels import Pixels
from app.adapters.vision.tessdata import Tessdata
from app.adapters.vision.tuning import TUNING
from app.adapters.vision.words import Line, Word, believable, mean_confidence, merge, parse_tsv
from app.domain.ocr_languages import OWN_LETTERS, passes


def engine_name(languages: Sequence[str]) -> str:
    """The engine as readings name it: its version and languages."""
    return f"tesseract {tesserocr.tesseract_version().split()[1]} {'+'.join(languages)}"


@dataclass(frozen=True)
class Text:
    """The text of one picture. Boxes refer to the picture of this size, turned upright by `angle`."""

    lines: tuple[Line, ...] = ()
    width: int = 1
    height: int = 1
    angle: float = 0.0  # degrees counter-clockwise
    strips: int = 1  # that were recognised

    @property
    def words(self) -> list[Word]:
        """All words in reading order."""
        return [word for line in self.lines for word in line]

    @property
    def text(self) -> str:
        """The text, with an empty line between blocks."""
        parts: list[str] = []
        for before, line in zip((None, *self.lines), self.lines, strict=False):
            if before and before[0].line[:2] != line[0].line[:2]:
                parts.append("")
            parts.append(" ".join(word.text for word in line))
        return "\n".join(parts)

    @property
    def confidence(self) -> float | None:
        """Mean confidence of words, weighted by letters, 0 to 1; None without words."""
        return mean_confidence(self.words)


class Engine:
    """The recogniser of one process for its language data. Threads must not share it."""

    def __init__(self, data: Tessdata) -> None:
        self._folder = str(data.folder)
        first, self._more = passes(data.languages)
        self._letters = "".join(OWN_LETTERS.get(code, "") for code in self._more)
        self._reader = self._loaded(first)
        # Loaded for the first page of unknown orientation or in another language, which most processes never get.
        self._compass: Any = None
        self._second_reader: Any = None

    def _loaded(self, languages: Sequence[str]) -> Any:
        return tesserocr.PyTessBaseAPI(
            path=self._folder, lang="+".join(languages), psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
        )

    def read(self, image: Image.Image, pixels: Pixels) -> Text:
        """The text of an upright, sideways, upside-down or skewed picture. pixels: its measured pixels."""
        grey = prepare(image)
        lines = find_lines(grey)
        grey, angle = self._upright(grey, lines)
        first = unchanged if pixels.paper or not pixels.drawn else even_ground
        words = self._recognise(first(grey))
        if _doubtful(words) and not lines.sideways and (turn := self._turn(grey)):
            grey, angle = grey.rotate(turn, expand=True), angle + turn
            words = self._recognise(first(grey))
        found = believable(words)
        if _may_hide(found, pixels):
            found = merge(found, believable(self._second(grey, pixels)))
        return Text(tuple(found), *grey.size, angle)

    def _second(self, grey: Image.Image, pixels: Pixels) -> list[Word]:
        """Words that the first pass missed: columns of a table, panels of a drawing, captions over a photograph."""
        if not pixels.drawn:
            return self._recognise(white_text(grey))
        # Sparse text: words in any place. Texture would give junk, but drawings have none.
        return self._recognise(even_ground(grey) if pixels.paper else grey, tesserocr.PSM.SPARSE_TEXT)

    def _upright(self, grey: Image.Image, lines: Lines) -> tuple[Image.Image, float]:
        """(the picture turned by the angle of its lines, that angle); vertical ones ask the orientation detector."""
        if lines.skew:
            grey = grey.rotate(-lines.skew, Image.Resampling.BICUBIC, expand=True, fillcolor=border(grey))
        turn = self._turn(grey) if lines.sideways else 0
        return (grey.rotate(turn, expand=True) if turn else grey), turn - lines.skew

    def _turn(self, grey: Image.Image) -> int:
        """The multiple of 90 degrees that the orientation detector is sure of; 0 for an upright picture."""
        if self._compass is None:
            self._compass = tesserocr.PyTessBaseAPI(path=self._folder, lang="osd", psm=tesserocr.PSM.OSD_ONLY)
        self._compass.SetImage(grey)
        found = self._compass.DetectOrientationScript()
        self._compass.Clear()
        if not found or found["orient_conf"] < TUNING.orientation_confidence:
            return 0
        return int(found["orient_deg"])

    def _recognise(self, grey: Image.Image, segmentation: int = tesserocr.PSM.AUTO) -> list[Word]:
        """The words of a picture; of one that Russian does not fit, those in another language if these fit better."""
        words = _words(self._reader, grey, segmentation)
        if not self._more or not may_be_foreign(words):
            return words
        if self._second_reader is None:
            self._second_reader = self._loaded(self._more)
        others = _words(self._second_reader, grey, segmentation)
        return others if reads_better(others, words, self._letters) else words


def _words(reader: Any, grey: Image.Image, segmentation: int) -> list[Word]:
    reader.SetPageSegMode(segmentation)
    reader.SetImage(grey)
    reader.Recognize()
    words = parse_tsv(reader.GetTSVText(0))
    reader.Clear()
    # Adaptation to one picture must not change the reading of the next.
    reader.ClearAdaptiveClassifier()
    return words


def prepare(image: Image.Image) -> Image.Image:
    """The picture in grey, with full contrast; a small one doubled, because letters under 12 pixels are misread."""
    grey = ImageOps.autocontrast(image.convert("L"))
    if max(grey.size) >= TUNING.small_side:
        return grey
    return grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.LANCZOS)


def unchanged(grey: Image.Image) -> Image.Image:
    """The picture itself: the first pass for paper and photographs."""
    return grey


def _may_hide(found: Sequence[Line], pixels: Pixels) -> bool:
    """Whether a second pass pays: few words were found, or a drawing has backgrounds of several colours."""
    few = sum(len(line) for line in found) < TUNING.few_words
    return few or (pixels.drawn and not pixels.one_ground)


def border(grey: Image.Image) -> int:
    """The commonest grey level, to fill the corners of a turned page."""
    histogram = grey.histogram()
    return histogram.index(max(histogram))


def _doubtful(words: Sequence[Word]) -> bool:
    """Whether many words were read with little confidence, as on an upside-down page."""
    confidence = mean_confidence(words)
    return len(words) >= TUNING.doubt_words and confidence is not None and confidence < TUNING.doubt


@lru_cache(maxsize=4)
def _engine(data: Tessdata, process: int) -> Engine:
    return Engine(data)


def read_text(image: Image.Image, pixels: Pixels, data: Tessdata) -> Text:
    """The text of one picture with this process's own recogniser: a forked copy would share its state."""
    return _engine(data, os.getpid()).read(image, pixels)
